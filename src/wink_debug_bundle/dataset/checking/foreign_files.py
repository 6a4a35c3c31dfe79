"""Find files in the folders of a dataset that belong to none of its shards."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from ..commits import bundle_file_name, table_file_name
from ..parquet_tables import stored_tables
from ..shard_ids import is_compacted, is_shard_id
from ..storage import Storage

_PLACE = "\0"


def foreign_files(storage: Storage, shards: AbstractSet[str]) -> Iterator[str]:
    """Yield the names of files in the folders of tables and bundles that are of none of the shards of the plans.

    A killed compaction may have left files of a shard that nothing has announced; these are not foreign.

    Raises:
        OSError: a folder cannot be listed.
    """
    for form in (*(table_file_name(table, _PLACE) for table in stored_tables()), bundle_file_name(_PLACE)):
        folder, _, name_form = form.rpartition("/")
        before, _, after = name_form.partition(_PLACE)
        for name in storage.names(folder):
            shard = name.removeprefix(before).removesuffix(after)
            is_ours = shard in shards or (is_compacted(shard) and is_shard_id(shard))
            if not is_ours or name != f"{before}{shard}{after}":
                yield f"{folder}/{name}"
