"""Fuzz a reader with atheris: `python tests/fuzz/fuzz.py log_block -max_total_time=60`.

Input that makes a reader raise is written to `tests/fuzz/found/<target>/`; give it a name that says what it is, and the
ordinary tests read it from then on. Options after the target are libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["wink_debug_bundle.artifacts"]):
    from support.fuzz_targets import TARGETS


def main(target: str, options: list[str]) -> None:
    """Fuzz one target until the options end it; new corpus files go to a temporary folder."""
    found = HERE / "found" / target
    found.mkdir(parents=True, exist_ok=True)
    seeds = [str(HERE / "corpus" / target), str(found)]
    with tempfile.TemporaryDirectory() as grown:
        arguments = [sys.argv[0], *options, f"-artifact_prefix={found}/", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup([*arguments, grown, *seeds], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: fuzz.py {'|'.join(TARGETS)} [libFuzzer options]")
    main(sys.argv[1], sys.argv[2:])
