"""Two evaluations of ten thousand samples are compared within seconds, in the memory of a small machine."""

from __future__ import annotations

import json

import pytest
from support.command_runner import run_python
from support.multiplied_samples import multiply_samples

from wink_debug_bundle import DebugBundle

_SAMPLES, _COPIES = 10_000, 1667
_SECONDS, _MEGABYTES = 5, 300

_COMPARE = r"""
import json, re, sys, time
from pathlib import Path
from wink_debug_bundle import compare, format_comparison
comparison = compare(*sys.argv[1:], all_experiments=True)
print(len(format_comparison(comparison)) > 0)
used = time.process_time()
peak = int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1000
print(json.dumps([comparison.base.sample_count, len(comparison.pairing.pairs), used, peak]))
"""


def compared(base, new):
    """Compare in a process of its own; return the counts of samples and pairs, processor seconds and megabytes."""
    return json.loads(run_python(_COMPARE, str(base), str(new)).splitlines()[-1])


@pytest.mark.slow
def test_ten_thousand_samples(release_bundle, tmp_path):
    """The whole process takes less than five seconds of processor time and 300 MB.

    Beside another program, a processor may take half as long again; so one of three processes must be as fast.
    """
    source = release_bundle("wink-0.27.0/evaluation")
    base = multiply_samples(source, tmp_path / "base.db", _COPIES)
    new = multiply_samples(source, tmp_path / "new.db", _COPIES)
    with DebugBundle.open(base) as bundle:
        assert bundle.outcome.runs.total >= _SAMPLES
    for _ in range(3):
        count, pairs, seconds, megabytes = compared(base, new)
        assert count == pairs >= _SAMPLES
        assert megabytes < _MEGABYTES
        if seconds < _SECONDS:
            break
    assert seconds < _SECONDS
