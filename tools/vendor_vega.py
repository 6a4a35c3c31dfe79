"""Vendor the scripts that draw charts, and compile the charts for them: `python tools/vendor_vega.py`.

Needs npm and node. The packages come from npm at the versions and hashes below. vega-lite only compiles: each
`explore/charts/NAME.vl.json` becomes a `NAME.vega.json` beside it, so that no page needs vega-lite, which would be a
third of all bytes. `--check` needs neither network nor npm: it compares the files with the hashes that were written down.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

EXPLORE = Path(__file__).resolve().parents[1] / "src" / "wink_debug_bundle" / "explore"
CHARTS, VENDORED = EXPLORE / "charts", EXPLORE / "vega"
LIST = VENDORED / "vendored.json"

PACKAGES = {
    "vega": ("6.4.0", "rHXCq2LpEWCLMjXBEj7hocY9G0/i5TGYRayGGSj06VTF4+l2IG2Z7oeZKCjWbUh/7hTE/mVhbaOPB72wCElh6g=="),
    "vega-interpreter": (
        "2.3.2",
        "JDAoi3taFcCDLujZG84TNNUXdkAZ5WsSHssx8lWVYaxb9Slsjk7v7PtRIYXpSlUwLaKGRBqoJ9KDs36Z0eMEIw==",
    ),
    "vega-lite": ("6.4.3", "d/7hPjfz560UERaQuTmGgIVfXAe3g2hJWeC+igDeaGohUdEoNrHLXgR/yTOBT8vV/lIuuKnw+0/xWWblkDwkMQ=="),
}
"""Versions, and the SHA-512 of each package as npm gives it."""

LICENCE = "BSD-3-Clause"

_IMPORT = "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';\n"
_EXPORT = "export { expression as expressionInterpreter };\n"

_COMPILE = """
const fs = require("fs"), vm = require("vm");
const page = vm.createContext({ console, structuredClone, setTimeout, charts: fs.readFileSync(0, "utf8") });
for (const script of process.argv.slice(1)) vm.runInContext(fs.readFileSync(script, "utf8"), page);
const compile = "Object.entries(JSON.parse(charts)).map(([name, chart]) => [name, vegaLite.compile(chart).spec])";
process.stdout.write(vm.runInContext(`JSON.stringify(Object.fromEntries(${compile}))`, page));
"""
"""Run the scripts as in a page, where nothing is loaded by name."""


def package(name: str, folder: Path) -> Path:
    """Fetch a package of npm into the folder, check its hash, and return the folder of its files."""
    version, expected = PACKAGES[name]
    command = ["npm", "pack", "--silent", f"{name}@{version}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = folder / f"{name}-{version}.tgz"
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != expected:
        sys.exit(
            f"{name}@{version}: the SHA-512 of the package is {found}, not {expected}; find out why before you go on"
        )
    with tarfile.open(archive) as packed:
        packed.extractall(folder / name, filter="data")
    return folder / name / "package"


def browser_script(module: str) -> str:
    """Return the interpreter's module as a script that takes what it needs from the global `vega`."""
    if _IMPORT not in module or _EXPORT not in module:
        sys.exit("vega-interpreter: the module imports or exports other names than before; change tools/vendor_vega.py")
    body = module.replace(_IMPORT, "const { ascending, isString, DisallowedObjectProperties } = vega;\n")
    body = body.replace(_EXPORT, "vega.expressionInterpreter = expression;\n").partition("//# sourceMappingURL")[0]
    return f"(function (vega) {{\n{body.strip()}\n}})(globalThis.vega);\n"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def compiled(folders: dict[str, Path]) -> dict[str, Any]:
    """Return the specification for Vega of each chart, with the hash of the one for Vega-Lite that it is made from."""
    sources = {path.name.removesuffix(".vl.json"): path for path in sorted(CHARTS.glob("*.vl.json"))}
    scripts = [folders["vega"] / "build" / "vega.min.js", folders["vega-lite"] / "build" / "vega-lite.min.js"]
    result = subprocess.run(
        ["node", "-e", _COMPILE, *map(str, scripts)],
        input=json.dumps({name: json.loads(path.read_bytes()) for name, path in sources.items()}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    charts: dict[str, Any] = json.loads(result.stdout)
    for name, chart in charts.items():
        chart["usermeta"] = {**chart.get("usermeta", {}), "made_from": sha256(sources[name])}
    return charts


def vendor() -> None:
    """Write the scripts, their licences and hashes, and the compiled charts."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: package(name, Path(scratch)) for name in PACKAGES}
        VENDORED.mkdir(exist_ok=True)
        script = (folders["vega"] / "build" / "vega.min.js").read_bytes()
        (VENDORED / "vega.min.js.gz").write_bytes(gzip.compress(script, mtime=0))
        module = (folders["vega-interpreter"] / "build" / "vega-interpreter.js").read_text(encoding="utf-8")
        (VENDORED / "vega-interpreter.js").write_text(browser_script(module), encoding="utf-8")
        for name in ("vega", "vega-interpreter"):
            (VENDORED / f"LICENSE-{name}").write_bytes((folders[name] / "LICENSE").read_bytes())
        for name, chart in compiled(folders).items():
            text = json.dumps(chart, separators=(",", ":"), ensure_ascii=False)
            (CHARTS / f"{name}.vega.json").write_text(f"{text}\n", encoding="utf-8")
    about = {
        "packages": {name: {"version": PACKAGES[name][0], "licence": LICENCE} for name in ("vega", "vega-interpreter")},
        "sha256": {path.name: sha256(path) for path in sorted(VENDORED.iterdir()) if path != LIST},
    }
    LIST.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def faults() -> list[str]:
    """Return what is wrong with the files as they are: changed, missing, added, or made from another source."""
    expected = json.loads(LIST.read_bytes())["sha256"]
    found = {path.name: sha256(path) for path in VENDORED.iterdir() if path != LIST}
    changed = [
        f"{VENDORED / name}: is not what tools/vendor_vega.py wrote; run it again"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    return [*changed, *(fault for path in sorted(CHARTS.glob("*.vl.json")) for fault in chart_faults(path))]


def chart_faults(source: Path) -> list[str]:
    """Return what is wrong with the compiled chart of a source."""
    made = source.with_name(source.name.replace(".vl.json", ".vega.json"))
    if made.exists() and json.loads(made.read_bytes())["usermeta"].get("made_from") == sha256(source):
        return []
    return [f"{made}: is not made from {source.name} as it is; run: python tools/vendor_vega.py"]


def main() -> int:
    """Write the files, or check them; return the exit code."""
    if sys.argv[1:] == ["--check"]:
        found = faults()
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    vendor()
    return 0


if __name__ == "__main__":
    sys.exit(main())
