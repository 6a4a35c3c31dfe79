"""The fuzzer's seeds and findings are read without an error, with a ledger that adds up."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fuzz_targets import TARGETS
from support.processor_time import processor_time_below

HERE = Path(__file__).parent
SAMPLES = sorted(path.relative_to(HERE) for path in HERE.glob("*/*/*") if path.parent.name in TARGETS)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_sample(sample):
    """A sample is read within seconds and without an error, whatever it contains."""
    with processor_time_below(5):
        TARGETS[sample.parent.name]((HERE / sample).read_bytes())


def test_every_target_has_seeds():
    """Each reader has seeds for the fuzzer."""
    assert {sample.parent.name for sample in SAMPLES if sample.parts[0] == "corpus"} == set(TARGETS)
