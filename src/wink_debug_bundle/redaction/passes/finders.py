"""Make what a pass finds secrets with: rules, names and known values, each with what tells where it may find anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ...secret_detection.candidate_search.candidates import CompiledExpressions
from ...secret_detection.detection_settings import DetectionSettings
from ...secret_detection.detector import Detector
from ...secret_detection.literals import LiteralSearch
from ..cell_texts.cell_scanner import CellScanner, Finder
from ..cell_texts.suspect_cells import Base64Sieve, SuspectCells
from ..cell_texts.wide_text import WideSieve
from .name_finder import NameFinder, are_plain
from .scan_settings import ScanSettings

_Suspects = Callable[[bytes], list[int] | None]


class _Finder(NamedTuple):
    found: Finder
    suspects: _Suspects
    whole: Finder
    """Finds no beginnings of values."""


class CellScanners(NamedTuple):
    """Scanners of cells for one pass."""

    rules: CellScanner
    """Finds by rules and names; it tells which cells hide plain characters."""
    literals: CellScanner
    both: CellScanner
    clean: CellScanner
    """For rows in which rules find nothing, and which hide nothing: finds names and literals."""
    whole: CellScanner
    """Finds literals that are whole, for what is never cut: numbers, times and fixed words."""


def cell_scanners(settings: ScanSettings) -> CellScanners:
    """Return the scanners for a pass.

    Raises:
        BundleError: the extra is not installed, or the file of rules is wrong.
    """
    rules, names, literals = (tuple(make(settings)) for make in (_by_rules, _by_names, _by_literals))
    decoding = (*rules, *names)
    known = [each.found for each in literals]
    searched = [each.found for each in decoding]
    decodes = not all(are_plain(each) for _, _, each in settings.names)
    return CellScanners(
        CellScanner((), searched, tells_hiding=True, suspects=_suspects((), decoding, decodes=bool(decoding))),
        CellScanner(known, (), suspects=_suspects(literals, (), decodes=False)),
        CellScanner(known, searched, suspects=_suspects(literals, decoding, decodes=bool(decoding))),
        CellScanner(
            known,
            [each.found for each in names],
            decodes=decodes,
            suspects=_suspects(literals, names, decodes=False),
        ),
        CellScanner([each.whole for each in literals], (), suspects=_suspects(literals, (), decodes=False)),
    )


def _suspects(known: Sequence[_Finder], decoding: Sequence[_Finder], *, decodes: bool) -> SuspectCells | None:
    """Return what names suspect cells, or None if a finder does not know where it may find anything.

    Args:
        known: Finders that see the forms of what they know in texts as they are.
        decoding: Finders for which texts are decoded.
        decodes: Whether base64 is, too.
    """
    sieves: list[Any] = [each.suspects for each in decoding]
    all_sieves = [*(each.suspects for each in known), *sieves]
    if any(sieve(b"") is None for sieve in all_sieves):
        return None
    all_sieves.append(WideSieve())
    return SuspectCells([*all_sieves, Base64Sieve()] if decodes else all_sieves, sieves)


def _by_rules(settings: ScanSettings) -> Iterator[_Finder]:
    """Yield what finds secrets by rules, unless only literals are looked for."""
    if settings.aim != "literals":
        found = detector(settings)
        yield _Finder(found.found_by_number, found.suspects, found.found_by_number)


def _by_names(settings: ScanSettings) -> Iterator[_Finder]:
    """Yield what finds names as whole words."""
    for rule, kind, names in settings.names if settings.aim != "literals" else ():
        if names:
            finder = NameFinder(rule, kind, names)
            yield _Finder(finder, finder.suspects, finder)


def _by_literals(settings: ScanSettings) -> Iterator[_Finder]:
    """Yield what finds values that are known to be secret, if there are any."""
    if settings.literals:
        search = LiteralSearch(settings.literals)
        yield _Finder(search.found_by_number, search.suspects, search.whole_by_number)


_detectors: dict[Any, Detector] = {}
_compiling = threading.Lock()


def detector(settings: ScanSettings) -> Detector:
    """Return the detector of these settings, which is compiled once in a process."""
    return _detector(settings.detection, settings.compiled)


def compile_meanwhile(detection: DetectionSettings) -> None:
    """Begin to compile the rules in a thread, as that takes most of a second; `detector` waits for it."""

    def compile_rules() -> None:
        with suppress(Exception):  # `detector` raises it again, where somebody waits for it
            _detector(detection, None)

    threading.Thread(target=compile_rules, daemon=True).start()


def _detector(detection: DetectionSettings, compiled: CompiledExpressions | None) -> Detector:
    with _compiling:
        if detection not in _detectors:
            _detectors[detection] = Detector(detection, compiled)
        return _detectors[detection]
