"""Measure redaction: `python -m benchmarks.redaction`.

Prints how many secrets were planted and how many of them are left, the share that the rules find untold, false alarms in
ordinary data, and speed and memory of the command. Exit 1 if a figure is missed that `benchmarks/README.md` promises,
except for speed, which depends on the machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from support.planted_secrets.own_kinds import OWN_KINDS
from support.planted_secrets.planted_bundle import PlantedBundle, build_planted
from support.planted_secrets.secret_list import RULE_KINDS

from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.redaction.false_alarms import Alarms, alarms
from benchmarks.redaction.left import everything_left, listed
from benchmarks.redaction.runs import redacted
from benchmarks.redaction.untold import Untold, untold
from benchmarks.run import fetch
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.secret_detection.detector import Detector

LEAST_SHARE = 0.99
"""Share of the secrets of kinds with a public rule that the rules find."""

MOST_ALARMS = 1.0
"""Different values in 10 MB of ordinary data that are reported as secrets."""

MOST_MEMORY = 400e6
"""Bytes that all processes of the command use together."""

PROFILES = ("logs", "transcripts", "evaluation", "snapshots")


def main() -> int:
    """Measure what the options choose; return the exit code."""
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        planted = _planted(build_planted(_folder(work, "planted"), options.secrets, search="all"))
        ordinary = [_ordinary(name, options, Path(work)) for name in options.profile or PROFILES]
    return 0 if planted and all(ordinary) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redaction", description=__doc__)
    parser.add_argument("--secrets", type=int, default=5000, help="how many secrets are planted")
    parser.add_argument("--profile", action="append", choices=PROFILES, help="ordinary data; may be repeated")
    parser.add_argument("--gigabytes", type=float, default=0.08, help="size of the ordinary data of a profile")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same ordinary data")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the ordinary data")
    parser.add_argument("--work", type=Path, default=None, help="folder for bundles while they are measured")
    return parser.parse_args()


def _planted(planted: PlantedBundle) -> bool:
    """Print what is left of the secrets, and what is found untold; return whether both are as they must be."""
    detected = untold(planted.bundle, planted.artifacts.plants, Detector())
    output = planted.bundle.with_name("redacted.db")
    usage = redacted(planted.bundle, output, planted.artifacts.words)
    left = list(everything_left(output, planted.artifacts.secrets))
    print(f"planted  {len(planted.artifacts.secrets)} secrets of {len(RULE_KINDS) + len(OWN_KINDS)} kinds")
    print(f"left     {len({each.secret.number for each in left})}")
    _print_each(listed(left))
    print(f"untold   {_shares(detected)}")
    _print_each(f"missed: {secret.kind.name} in {place}" for place, secret in detected.missed)
    print(f"redact   {planted.bundle.stat().st_size / usage.seconds / 1e6:.1f} MB/s, {usage.peak_bytes / 1e6:.0f} MB")
    return not left and detected.share(kind.name for kind in RULE_KINDS) >= LEAST_SHARE


def _shares(detected: Untold) -> str:
    rules = detected.share(kind.name for kind in RULE_KINDS)
    own = detected.share(kind.name for kind in OWN_KINDS if not kind.is_told)
    return f"{rules:.2%} of the kinds with public rules, {own:.2%} of our own"


def _print_each(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"  {line}")


def _ordinary(profile: str, options: argparse.Namespace, work: Path) -> bool:
    """Print the false alarms in a profile's data, and how fast they are redacted; return whether they are few."""
    dataset = fetch(Recipe(profile, options.gigabytes, options.seed, 0.0), options.data)
    bundle = work / f"{profile}.db"
    DebugBundle.from_directory(dataset.input, output=bundle, recursive=True).close()
    reported = alarms(bundle, Detector())
    usage = redacted(bundle, work / f"{profile}-redacted.db")
    size = bundle.stat().st_size
    print(f"{profile:12} {size / 1e6:.0f} MB, {reported.per_10_megabytes:.2f} false alarms in 10 MB{_rules(reported)}")
    print(f"{'':12} {size / usage.seconds / 1e6:.1f} MB/s ({usage.cpu_seconds:.1f} s of processor time), "
          f"{usage.peak_bytes / 1e6:.0f} MB of memory")  # fmt: skip
    return reported.per_10_megabytes < MOST_ALARMS and usage.peak_bytes < MOST_MEMORY


def _rules(reported: Alarms) -> str:
    counts = [f"{rule} {len(values)}" for rule, values in sorted(reported.secrets.items())]
    personal = [f"{rule} {len(values)}" for rule, values in sorted(reported.personal.items())]
    return "".join(
        (f" ({', '.join(counts)})" if counts else "", f"; personal: {', '.join(personal)}" if personal else "")
    )


def _folder(work: str, name: str) -> Path:
    folder = Path(work) / name
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
