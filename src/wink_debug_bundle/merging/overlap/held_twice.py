"""Find what several bundles hold, so that it is in the merged bundle once.

The same file, known by its path and its bytes, is copied from one of the bundles. The same bytes under another name, and
the same run in other bytes, become duplicates, as they do in a build of all sources at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from ...artifacts.runs.manifest import ROOT
from ...artifacts.source import MEMBER_MARK, UUID
from ...column_values import LINE_KINDS, ArtifactKind, ArtifactStatus
from ...errors import BundleError
from ..inputs import Input, MergedArtifact, Place

if TYPE_CHECKING:
    from .beginnings import Beginning


class Duplicate(NamedTuple):
    """An artifact that becomes a duplicate of another one.

    `is_other_bytes` if it is the same run in other bytes, `is_cut` if its last line is cut off, and whole in the other one.
    """

    id: int
    original: Place
    reason: str
    is_other_bytes: bool = False
    is_cut: bool = False


@dataclass(slots=True)
class Share:
    """What is copied from one bundle: everything but the rows of artifacts that are `excluded`.

    Of these, the ones that are not among the `duplicates` have no row in `artifacts` either. `stand_ins` has what other
    artifacts that name an excluded one refer to instead. `known` are the paths of files that another bundle has, too.
    """

    excluded: set[int] = field(default_factory=set)
    duplicates: dict[int, Duplicate] = field(default_factory=dict)
    stand_ins: dict[int, Place] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> set[int]:
        """Return the artifacts without a row of their own."""
        return self.excluded - self.duplicates.keys()


@dataclass(eq=False, slots=True)
class _Held:
    """An artifact of a bundle, with what is inside of it."""

    place: Place
    row: MergedArtifact
    inside: list[_Held] = field(default_factory=list)
    level: int = 0

    @property
    def preference(self) -> tuple[int, bool, str, Place]:
        """Return what to sort by, so that of equal artifacts the one to import comes first, as in a build."""
        return self.level, bool(self.row.is_folder), self.row.path, self.place

    @property
    def faults(self) -> int:
        """Return the number of problems of a run and its members."""
        return self.row.problem_count + sum(each.row.problem_count for each in self.inside)


def plan_shares(
    inputs: Sequence[Input], beginnings: Mapping[Place, Beginning], superseded: Collection[str] = ()
) -> list[Share]:
    """Return what is copied from each of the bundles.

    `beginnings` are files of lines whose bytes are the first ones of another file, each with that one.
    The last bundle has the files with the paths `superseded` as they are now, in the place of those of the first.

    Raises:
        BundleError: a bundle has a duplicate of a part of a run that another bundle has in other bytes, or zips in zips
            that are deeper than any build opens.
    """
    plan = _Plan(inputs)
    try:
        plan.drop_superseded(superseded)
        plan.drop_same_files()
        plan.mark_equal_bytes()
        plan.mark_same_runs()
        plan.mark_beginnings(beginnings)
        plan.check()
    except RecursionError:
        raise BundleError("a bundle has artifacts inside of artifacts that are deeper than any build opens") from None
    return plan.shares


def other_versions(inputs: Sequence[Input], shares: Sequence[Share]) -> list[str]:
    """Return the paths of files that several bundles have in different bytes, which are all imported."""
    left = (
        held
        for number, (each, share) in enumerate(zip(inputs, shares, strict=True))
        for held in _held_in(number, each.artifacts)
        if held.place.id not in share.excluded and _is_top(held) and _is_original(held)
    )
    return [group[0].row.path for group in _groups(left, lambda held: held.row.path)]


def stand_in_of(place: Place, shares: Sequence[Share]) -> Place:
    """Return the artifact itself, or what stands for it in the end if it is excluded as well."""
    seen = {place}
    while (following := shares[place.bundle].stand_ins.get(place.id)) is not None and following not in seen:
        place = following
        seen.add(place)
    return place


class _Plan:
    """Decides about one artifact after the other."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._inputs = inputs
        self.shares = [Share() for _ in inputs]
        self._held = [_held_in(bundle, each.artifacts) for bundle, each in enumerate(inputs)]
        self._of = {held.place: held for of_bundle in self._held for held in of_bundle}

    def drop_superseded(self, paths: Collection[str]) -> None:
        """Drop each file of the first bundle that the last one has as it is now."""
        newer = {held.row.path: held for held in self._held[-1] if _is_top(held)} if paths else {}
        for held in self._held[0] if paths else ():
            if _is_top(held) and held.row.path in paths and held.row.path in newer:
                self._replace(held, newer[held.row.path])

    def drop_same_files(self) -> None:
        """Drop each file that an earlier bundle has under the same path, too."""
        for same in _groups(filter(_is_top, self._left()), _file_key):
            kept, *others = sorted(same, key=lambda held: (held.row.problem_count, held.place))
            for other in others:
                if other.place.bundle != kept.place.bundle:
                    self.shares[other.place.bundle].known.append(other.row.path)
                    self._replace(other, kept)

    def mark_equal_bytes(self) -> None:
        """Make files with the bytes of another one duplicates."""
        for same in _groups(filter(_is_original, self._left()), _bytes_key):
            original, *copies = sorted(same, key=lambda held: (held.row.container_id is None, *held.preference))
            what = "lines" if original.row.kind in LINE_KINDS else "bytes"
            for copy in copies:
                if copy.row.container_id is None and copy.place.bundle != original.place.bundle:
                    self._mark(copy, original, f"the same {what} as {original.row.path}")

    def mark_same_runs(self) -> None:
        """Make runs with the id and start of another one duplicates; an intact one is the original."""
        for same in _groups(filter(_is_original, self._left()), self._run_key):
            original, *copies = sorted(same, key=lambda held: (held.faults, *held.preference))
            for copy in copies:
                bundle_id = self._inputs[copy.place.bundle].run_keys[copy.place.id][0]
                reason = f"the same run as {original.row.path}: its bundle id is {bundle_id}"
                self._mark(copy, original, reason, is_other_bytes=True)

    def mark_beginnings(self, beginnings: Mapping[Place, Beginning]) -> None:
        """Make files that have grown since duplicates of what they are now."""
        for held in list(self._left()):
            found = beginnings.get(held.place)
            original = None if found is None else self._of.get(found.original)
            if found is not None and original is not None and original.place.id not in self._excluded(original):
                begin = f"the first {found.size} bytes of {original.row.path}, which has grown since"
                reason = f"the same lines as {original.row.path}" if found.is_same else begin
                self._mark(held, original, reason, is_cut=found.is_cut)

    def _excluded(self, held: _Held) -> set[int]:
        return self.shares[held.place.bundle].excluded

    def check(self) -> None:
        """Refuse bundles in which an artifact refers to one that nothing stands for."""
        for share, each in zip(self.shares, self._inputs, strict=True):
            for row in each.artifacts:
                lost = row.original_id in share.excluded and row.original_id not in share.stand_ins
                if lost and row.id not in share.excluded:
                    raise BundleError(
                        f"{each.path}: {row.path} repeats a part of a run that another of the bundles has in other bytes;"
                        " build one bundle of their artifacts instead"
                    )

    def _left(self) -> Iterator[_Held]:
        """Yield the artifacts that are still to be copied."""
        for held in chain.from_iterable(self._held):
            if held.place.id not in self.shares[held.place.bundle].excluded:
                yield held

    def _run_key(self, held: _Held) -> Hashable | None:
        return self._inputs[held.place.bundle].run_keys.get(held.place.id)

    def _mark(
        self, copy: _Held, original: _Held, reason: str, *, is_other_bytes: bool = False, is_cut: bool = False
    ) -> None:
        """Make an artifact a duplicate of another one."""
        self._replace(copy, original)
        duplicate = Duplicate(copy.place.id, original.place, reason, is_other_bytes, is_cut)
        self.shares[copy.place.bundle].duplicates[copy.place.id] = duplicate

    def _replace(self, copy: _Held, original: _Held) -> None:
        """Exclude an artifact and all that is inside of it; their counterparts in the original stand for them."""
        share = self.shares[copy.place.bundle]
        share.excluded.add(copy.place.id)
        share.stand_ins[copy.place.id] = original.place
        share.duplicates.pop(copy.place.id, None)
        counterparts = {_inner_path(original, each): each for each in original.inside}
        for each in copy.inside:
            counterpart = counterparts.get(_inner_path(copy, each))
            if counterpart is not None and counterpart.row.sha256 == each.row.sha256:
                self._replace(each, counterpart)
            else:
                share.excluded.update(place.id for place in _all_places(each))


def _held_in(bundle: int, artifacts: Sequence[MergedArtifact]) -> list[_Held]:
    """Return the artifacts of a bundle, each with what is inside of it."""
    held = {row.id: _Held(Place(bundle, row.id), row) for row in artifacts}
    for each in held.values():
        owner = held.get(each.row.container_id or each.row.archive_id or 0)
        if owner is not None and owner.row.id < each.row.id:  # so that nothing is inside of itself
            owner.inside.append(each)
            each.level = owner.level + 1
    return list(held.values())


def _all_places(held: _Held) -> Iterator[Place]:
    yield held.place
    for each in held.inside:
        yield from _all_places(each)


def _groups(held: Iterable[_Held], key: Callable[[_Held], Hashable | None]) -> list[list[_Held]]:
    """Return the artifacts with equal keys, where several bundles have some."""
    groups: dict[Hashable, list[_Held]] = defaultdict(list)
    for each in held:
        if (value := key(each)) is not None:
            groups[value].append(each)
    return [group for group in groups.values() if len({each.place.bundle for each in group}) > 1]


def _is_top(held: _Held) -> bool:
    """Return whether the artifact is an entry of the source directory."""
    return held.row.container_id is None and held.row.archive_id is None


def _is_original(held: _Held) -> bool:
    """Return whether the artifact was imported itself."""
    return held.row.original_id is None and held.row.kind != ArtifactKind.UNKNOWN


def _file_key(held: _Held) -> Hashable | None:
    """Return what the same file has in every bundle; None if its bytes are not known."""
    row = held.row
    if row.sha256 is None and row.kind != ArtifactKind.UNKNOWN:
        return None
    return row.path, row.kind, row.sha256, row.size_bytes, None if row.sha256 else row.reason


def _bytes_key(held: _Held) -> Hashable | None:
    """Return what copies have in common; None for what a build takes for no copy either."""
    row = held.row
    if row.sha256 is None or row.is_folder:
        return None
    if row.kind in LINE_KINDS:
        is_whole = row.status == ArtifactStatus.IMPORTED or row.is_exact == 1
        return (row.kind == ArtifactKind.SNAPSHOTS, row.sha256, row.size_bytes) if is_whole else None
    if row.kind == ArtifactKind.RUN or held.inside:
        return row.sha256, ""
    place = PurePosixPath(row.path.replace(MEMBER_MARK, "/"))
    match = UUID.search(place.name)
    return row.sha256, match[0].lower() if match else str(place.parent)


def _inner_path(outer: _Held, inner: _Held) -> str:
    """Return the path of an artifact below the run or zip that it is in."""
    return inner.row.path.removeprefix(outer.row.path).lstrip(f"{MEMBER_MARK}/").removeprefix(ROOT)
