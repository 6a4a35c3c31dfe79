"""Plans: which sources each shard is built from, frozen before the first is built.

A plan is a JSON file named after its hash, with one shard on each line, so that it can be read in bounded memory. The
plans of a dataset follow each other in numbered steps, which are only created if absent: of several processes that plan
at once, one decides, and the others take its plan.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...database.schema_files import SCHEMA_VERSION
from ...errors import BundleVersionError, DamagedBundleError
from ..dataset_paths import folder_prefix
from ..shard_ids import is_shard_id
from ..shard_task import ShardTask
from ..storage import Storage
from .announced_joining import Joining
from .planned_shard import PlannedShard

PLANS = "_plan"
_STEP = "step-"
_STEP_FILE = re.compile(rf"{_STEP}([0-9]{{6,9}})\.json")

_END = "]}"
"""The last line of a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Shards to build from one folder.

    Attributes:
        source_directory: The URL of the folder.
        shards: The shards.
        labels: The evaluation of each folder that has one, by its path below the folder.
        keeps_bundles: Whether the bundles of the shards are stored.
    """

    source_directory: str
    shards: tuple[PlannedShard, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    keeps_bundles: bool = True

    def lines(self) -> Iterator[str]:
        """Yield the lines of the plan's file."""
        header = {
            "schema_version": SCHEMA_VERSION,
            "source_directory": self.source_directory,
            "labels": dict(sorted(self.labels.items())),
            "keeps_bundles": self.keeps_bundles,
        }
        yield f'{{"plan": {json.dumps(header, sort_keys=True)}, "shards": ['
        for number, shard in enumerate(self.shards):
            yield f"{'' if number == 0 else ','}{shard.line}"
        yield _END

    def task(self, shard: PlannedShard, dataset: str) -> ShardTask:
        """Return the task that builds a shard of the plan."""
        return ShardTask(
            dataset,
            shard.id,
            shard.sources,
            SCHEMA_VERSION,
            self.source_directory,
            tuple(sorted(self.labels.items())),
            shard.replaces,
            self.keeps_bundles,
        )

    def tasks(self, dataset: str) -> Iterator[ShardTask]:
        """Yield the task of each shard."""
        return (self.task(shard, dataset) for shard in self.shards)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a dataset.

    Attributes:
        plan: The hash of a plan; '' if the step plans nothing.
        shard_count: Its number of shards.
        abandons: The shards of earlier plans that it gives up.
        joining: The shards that are going to be put together.
    """

    plan: str
    shard_count: int
    abandons: tuple[str, ...] = ()
    joining: Joining | None = None


def freeze(storage: Storage, plan: Plan, abandons: Iterable[str], position: int) -> Step:
    """Write the plan as the step at a position; return the step that has it, which may be that of another process.

    Raises:
        OSError: it cannot be written.
    """
    name = _write_plan(storage, plan)
    step = Step(name, len(plan.shards), tuple(sorted(abandons)))
    values = {"plan": step.plan, "shards": step.shard_count, "abandons": step.abandons}
    if storage.create(step_name(position), (json.dumps(values, sort_keys=True) + "\n").encode()):
        return step
    return _read_step(storage, step_name(position))


def announce(storage: Storage, joining: Joining, position: int) -> bool:
    """Write the step at a position; return whether it is there, which it is not if another process wrote another one.

    Raises:
        OSError: it cannot be written.
    """
    values = {"plan": "", "shards": 0, "abandons": [], "joining": joining.values}
    if storage.create(step_name(position), (json.dumps(values, sort_keys=True) + "\n").encode()):
        return True
    return _read_step(storage, step_name(position)).joining == joining  # an answer was lost, or another one did it


def _write_plan(storage: Storage, plan: Plan) -> str:
    """Write the file of a plan, a line at a time, as it may be large; return its hash, which is its name."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(prefix="wink-plan-") as file:
        for line in plan.lines():
            data = f"{line}\n".encode()
            digest.update(data)
            file.write(data)
        file.flush()
        name = digest.hexdigest()[:32]
        storage.put(f"{PLANS}/{name}.json", Path(file.name))
    return name


def read_steps(storage: Storage) -> list[Step]:
    """Return the steps of a dataset in their order; none if there is no dataset.

    Raises:
        DamagedBundleError: one is damaged, or missing although later ones are there.
        OSError: one cannot be read.
    """
    names = [*_step_names(storage)]
    found = storage.read_all(names)
    return [_step(storage, name, found[name]) for name in names]


def _step_names(storage: Storage) -> Iterator[str]:
    """Yield the names of the steps from the first to the last one; all of them must be there."""
    listed = {int(found[1]) for found in map(_STEP_FILE.fullmatch, storage.names(PLANS)) if found}
    for position in range(1, max(listed, default=0) + 1):
        name = step_name(position)
        if position not in listed and not storage.exists(name):  # a slow list may lack one that is there
            raise DamagedBundleError(f"{storage.shown}/{name}: the step is missing, and later ones are there")
        yield name


def read_plan(storage: Storage, step: Step) -> Plan:
    """Return the plan of a step.

    Raises:
        DamagedBundleError: it is damaged or missing.
        BundleVersionError: another release wrote it.
        OSError: it cannot be read.
    """
    if not step.plan:
        return Plan("", ())
    name = f"{PLANS}/{step.plan}.json"
    place = f"{storage.shown}/{name}"
    digest = hashlib.sha256()
    lines = _hashed(storage.lines(name), digest)
    try:
        header = json.loads(next(lines, "") + "]}")["plan"]
        if header["schema_version"] != SCHEMA_VERSION:
            raise _other_release(place)
        folder = folder_prefix(header["source_directory"])
        shards = tuple(PlannedShard.from_line(line.lstrip(","), folder) for line in lines if line != _END)
        plan = Plan(header["source_directory"], shards, header["labels"], header["keeps_bundles"])
    except FileNotFoundError as error:
        raise DamagedBundleError(f"{place}: the plan is missing") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedBundleError(f"{place}: the plan is damaged: {error}") from error
    if digest.hexdigest()[:32] != step.plan:
        raise DamagedBundleError(f"{place}: the plan is damaged: its hash is another one")
    return plan


def _hashed(lines: Iterable[bytes], digest: hashlib._Hash) -> Iterator[str]:
    """Yield the lines as texts, and add each to a hash."""
    for line in lines:
        digest.update(line)
        yield line.decode().rstrip("\n")


def _other_release(place: str) -> BundleVersionError:
    return BundleVersionError(f"{place}: is of another release; build the dataset anew")


def step_name(position: int) -> str:
    """Return the name of the file of the step at a position, from 1 on."""
    return f"{PLANS}/{_STEP}{position:06}.json"


def _read_step(storage: Storage, name: str) -> Step:
    return _step(storage, name, storage.read(name))


def _step(storage: Storage, name: str, data: bytes) -> Step:
    try:
        values: dict[str, Any] = json.loads(data)
        joining = Joining.from_values(values["joining"]) if "joining" in values else None
        step = Step(values["plan"], int(values["shards"]), tuple(values["abandons"]), joining)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedBundleError(f"{storage.shown}/{name}: the step is damaged: {error}") from error
    named = step.abandons if step.joining else (step.plan, *step.abandons)
    if not all(map(is_shard_id, named)):
        raise DamagedBundleError(f"{storage.shown}/{name}: the step is damaged: it names no plan")
    return step
