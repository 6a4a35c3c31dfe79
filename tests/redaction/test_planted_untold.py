"""The rules find planted secrets that nobody told them of, and nothing in what this project itself writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.redaction.false_alarms import alarms
from benchmarks.redaction.untold import untold
from support.artifact_samples import ROOT
from support.planted_secrets.own_kinds import OWN_KINDS
from support.planted_secrets.planted_bundle import PlantedBundle, build_planted
from support.planted_secrets.secret_list import RULE_KINDS

pytest.importorskip("re2", reason="needs the extra redact")

from wink_debug_bundle.secret_detection.detector import Detector

LEAST_SHARE = 0.99
_RULES = [kind.name for kind in RULE_KINDS]
_OWN = [kind.name for kind in OWN_KINDS if not kind.is_told]


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Return a detector of the built-in rules."""
    return Detector()


def test_rules_find_secrets_of_every_kind_untold(planted: PlantedBundle, detector: Detector) -> None:
    """Of the secrets with a public rule 99 % are found where they stand, and all of our own that have a form."""
    result = untold(planted.bundle, planted.artifacts.plants, detector)
    assert result.share(_RULES) >= LEAST_SHARE, [(place, secret.kind.name) for place, secret in result.missed]
    assert result.share(_OWN) == 1
    assert {kind for kind in _RULES if not result.found[kind]} == set()


@pytest.mark.slow
def test_rules_find_99_percent_of_5000(tmp_path: Path, detector: Detector) -> None:
    """Of 5,000 secrets, the rules find 99 % of those with a public rule, and of each kind nine of ten."""
    planted = build_planted(tmp_path, 5000)
    result = untold(planted.bundle, planted.artifacts.plants, detector)
    assert result.share(_RULES) >= LEAST_SHARE
    assert result.share(_OWN) >= LEAST_SHARE
    assert [kind for kind in _RULES + _OWN if result.share([kind]) < 0.9] == []


@pytest.mark.parametrize("release", ["0.20.0", "0.27.0"])
def test_real_artifacts_without_plants_raise_no_alarm(
    release_bundle: Callable[[str], Path], detector: Detector, release: str
) -> None:
    """In the bundle of what the real library wrote, no rule reports a secret."""
    reported = alarms(release_bundle(release), detector)
    assert reported.byte_count > 1e5
    assert reported.secrets == {}


def test_generator_and_scan_have_nothing_that_looks_like_a_secret(detector: Detector) -> None:
    """The folders of the generator and of the scan hold pieces only: no rule finds a secret in them."""
    personal = {rule.name for rule in detector.rules if rule.personal}
    folders = (ROOT / "tests" / "support" / name for name in ("planted_secrets", "independent_scan"))
    paths = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    found = detector.found_in_many([path.read_bytes() for path in paths])
    assert len(paths) > 15
    assert [
        (path.name, each.rule)
        for path, all_found in zip(paths, found, strict=True)
        for each in all_found
        if each.rule not in personal
    ] == []
