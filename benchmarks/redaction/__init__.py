"""Measure redaction: what is left of planted secrets, what detection finds untold, false alarms, speed, memory.

The planted secrets and the scan that knows them are in `tests/support`.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if str(ROOT / "tests") not in sys.path:
    sys.path.append(str(ROOT / "tests"))
