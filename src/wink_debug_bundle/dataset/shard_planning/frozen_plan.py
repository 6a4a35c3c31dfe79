"""Plans: which sources each shard is built from, frozen before the first is built.

A plan is a JSON file named after its hash, with one shard on each line, so that it can be read in bounded memory. The
plans of a dataset follow each other in numbered steps, which are only created if absent: of several processes that plan
at once, one decides, and the others take its plan.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...database.schema_files import SCHEMA_VERSION
from ...errors import BundleVersionError, DamagedBundleError
from ..shard_ids import is_shard_id, shard_id_of
from ..shard_task import ShardSource, ShardTask
from ..storage import Storage
from .source_listing import folder_prefix

PLANS = "_plan"
_STEP = "step-"


@dataclass(frozen=True, slots=True)
class PlannedShard:
    """The sources of a shard, and the committed shards in whose place it is built."""

    id: str
    sources: tuple[ShardSource, ...]
    replaces: tuple[str, ...] = ()


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
            yield f"{'' if number == 0 else ','}{json.dumps(_shard_values(shard))}"
        yield "]}"

    def tasks(self, dataset: str) -> Iterator[ShardTask]:
        """Yield the task of each shard."""
        for shard in self.shards:
            yield ShardTask(
                dataset,
                shard.id,
                shard.sources,
                SCHEMA_VERSION,
                self.source_directory,
                tuple(sorted(self.labels.items())),
                shard.replaces,
                self.keeps_bundles,
            )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a dataset: the hash of a plan, its number of shards, and those of earlier plans that it gives up."""

    plan: str
    shard_count: int
    abandons: tuple[str, ...] = ()


def shard_of(sources: Sequence[ShardSource], replaces: Iterable[str] = ()) -> PlannedShard:
    """Return a shard of the sources."""
    return PlannedShard(shard_id_of(sources), tuple(sources), tuple(sorted(replaces)))


def freeze(storage: Storage, plan: Plan, abandons: Iterable[str], position: int) -> Step:
    """Write the plan as the step at a position; return the step that has it, which may be that of another process.

    Raises:
        OSError: it cannot be written.
    """
    name = _write_plan(storage, plan)
    step = Step(name, len(plan.shards), tuple(sorted(abandons)))
    values = {"plan": step.plan, "shards": step.shard_count, "abandons": step.abandons}
    if storage.create(_step_name(position), (json.dumps(values, sort_keys=True) + "\n").encode()):
        return step
    return _read_step(storage, _step_name(position))


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
        DamagedBundleError: one is damaged.
        OSError: one cannot be read.
    """
    names = [name for name in storage.names(PLANS) if name.startswith(_STEP)]
    return [_read_step(storage, f"{PLANS}/{name}") for name in names]


def read_plan(storage: Storage, step: Step) -> Plan:
    """Return the plan of a step.

    Raises:
        DamagedBundleError: it is damaged.
        BundleVersionError: another release wrote it.
        OSError: it cannot be read.
    """
    place = f"{storage.shown}/{PLANS}/{step.plan}.json"
    data = storage.read(f"{PLANS}/{step.plan}.json")
    if hashlib.sha256(data).hexdigest()[:32] != step.plan:
        raise DamagedBundleError(f"{place}: the plan is damaged: its hash is another one")
    try:
        values = json.loads(data)
        header = values["plan"]
        if header["schema_version"] != SCHEMA_VERSION:
            raise _other_release(place)
        shards = tuple(_shard(each, folder_prefix(header["source_directory"])) for each in values["shards"])
        return Plan(header["source_directory"], shards, header["labels"], header["keeps_bundles"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedBundleError(f"{place}: the plan is damaged: {error}") from error


def _other_release(place: str) -> BundleVersionError:
    return BundleVersionError(f"{place}: is of another release; build the dataset anew")


def _step_name(position: int) -> str:
    return f"{PLANS}/{_STEP}{position:06}.json"


def _read_step(storage: Storage, name: str) -> Step:
    try:
        values: dict[str, Any] = json.loads(storage.read(name))
        step = Step(values["plan"], int(values["shards"]), tuple(values["abandons"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedBundleError(f"{storage.shown}/{name}: the step is damaged: {error}") from error
    if not all(map(is_shard_id, (step.plan, *step.abandons))):
        raise DamagedBundleError(f"{storage.shown}/{name}: the step is damaged: it names no plan")
    return step


def _shard_values(shard: PlannedShard) -> dict[str, Any]:
    """Return a shard as it is stored, without the folder of its sources, which is that of the plan."""
    sources = [[each.name, each.size, each.etag, each.modified_ns] for each in shard.sources]
    return {"id": shard.id, "sources": sources, **({"replaces": shard.replaces} if shard.replaces else {})}


def _shard(values: Mapping[str, Any], folder: str) -> PlannedShard:
    sources = tuple(ShardSource(folder, name, size, etag, modified) for name, size, etag, modified in values["sources"])
    shard = PlannedShard(values["id"], sources, tuple(values.get("replaces", ())))
    if shard.id != shard_id_of(sources):
        raise ValueError(f"the sources of shard {shard.id} are others")
    return shard
