"""The views of slice classes: every key of every item is a column, for every release and for arbitrary items."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.artifact_samples import (
    CHILD_SESSION,
    MOMENT,
    ROOT,
    ROOT_SESSION,
    column,
    lines,
    rows,
    slice_of,
    snapshot,
    sqlite_connection,
)

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.database.catalog import describe
from wink_debug_bundle.database.slices.slice_names import LEADING, column_names
from wink_debug_bundle.database.slices.slice_views import renew_slice_views
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

SCHEMA = "SELECT name, sql FROM sqlite_schema ORDER BY name"
LISTED = "SELECT * FROM slice_views ORDER BY slice_type"

RELEASES = sorted(path.name for path in (ROOT / "fixtures").glob("wink-*"))


@pytest.fixture(scope="module", params=RELEASES)
def release(request, tmp_path_factory):
    """Return the bundle of all artifacts that a release of the library wrote."""
    output = tmp_path_factory.mktemp("release") / "all.db"
    folder = ROOT / "fixtures" / request.param
    DebugBundle.from_directory(folder, output=output, recursive=True).close()
    return output


def views_of(bundle):
    """Return the view of each class."""
    return dict(rows(bundle, "SELECT slice_type, view_name FROM slice_views"))


def is_shown(found, value):
    """Return whether SQLite gives the value: an object or array as JSON, with the escapes of its source."""
    if isinstance(value, (dict, list)):
        return json.loads(found) == value
    if isinstance(value, str):
        return found == value.partition("\0")[0]  # SQLite's JSON functions end a text at a NUL
    return found == value


def assert_views_show_the_items(path):
    """Assert that the views have each item with its keys in their columns, and NULL in all others."""
    views = views_of(path)
    with sqlite_connection(path) as bundle:
        bundle.row_factory = sqlite3.Row
        items = bundle.execute("SELECT * FROM slice_items ORDER BY id").fetchall()
        assert {item["slice_type"] for item in items} == set(views)
        for slice_type, view in views.items():
            own = [item for item in items if item["slice_type"] == slice_type]
            payloads = [json.loads(item["payload"]) for item in own]
            names = column_names(
                {key for item in payloads if isinstance(item, dict) for key in item if "\0" not in key}
            )
            found = bundle.execute(f'SELECT * FROM "{view}" ORDER BY id').fetchall()
            wanted_columns = [*LEADING, *names.values()]
            assert found[0].keys()[: len(wanted_columns)] == wanted_columns
            assert len(found) == len(own)
            for row, item, payload in zip(found, own, payloads, strict=True):
                assert (row["id"], row["session_id"], row["item_index"]) == (
                    item["id"],
                    item["session_id"],
                    item["item_index"],
                )
                keyed = payload if isinstance(payload, dict) else {}
                assert all(is_shown(row[name], keyed.get(key)) for key, name in names.items())


class TestReleases:
    """Artifacts that each release of the library wrote."""

    def test_every_key_is_a_column(self, release):
        """The views have the values of the items, for every class."""
        assert len(views_of(release)) >= 5
        assert_views_show_the_items(release)

    def test_the_state_at_the_end(self, release):
        """`is_current` selects the items that current_slice_items has."""
        for slice_type, view in views_of(release).items():
            wanted = column(
                release, "SELECT id FROM current_slice_items WHERE slice_type = ? ORDER BY id", (slice_type,)
            )
            assert column(release, f"SELECT id FROM {view} WHERE is_current ORDER BY id") == wanted

    def test_the_run(self, release):
        """Items of a run zip have the run's id."""
        sql = """
            SELECT artifacts.container_id FROM slice_items
            JOIN snapshots ON snapshots.id = snapshot_id JOIN artifacts ON artifacts.id = artifact_id
            WHERE slice_type LIKE '%:ToolInvoked' ORDER BY slice_items.id
        """
        runs = column(release, sql)
        assert column(release, "SELECT run_id FROM slice_ToolInvoked ORDER BY id") == runs
        if release_has_runs := column(release, "SELECT count(*) FROM runs") != [0]:
            assert set(runs) <= set(column(release, "SELECT id FROM runs"))
        assert release_has_runs == (None not in runs)

    def test_every_column_has_a_sentence(self, release):
        """The views and their columns are described like those of the schema."""
        with sqlite_connection(release) as bundle:
            found = [relation for relation in describe(bundle) if relation.name in views_of(release).values()]
        assert found
        for relation in found:
            assert relation.description
            assert all(column.description.endswith(".") for column in relation.columns), relation

    def test_counts(self, release):
        """slice_views has the numbers of items and keys."""
        for slice_type, view, items, keys, columns in rows(release, "SELECT * FROM slice_views"):
            assert column(release, f"SELECT count(*) FROM {view}") == [items]
            assert column(release, "SELECT count(*) FROM slice_items WHERE slice_type = ?", (slice_type,)) == [items]
            assert len(column(release, f"SELECT name FROM pragma_table_info('{view}')")) == len(LEADING) + columns
            assert keys == columns


def test_two_classes_of_one_name(run_bundle):
    """Two classes with the same name have separate views."""
    assert column(run_bundle, "SELECT view_name FROM slice_views WHERE slice_type LIKE '%:Plan' ORDER BY 1") == [
        "slice_billing_Plan",
        "slice_itinerary_Plan",
    ]
    assert column(run_bundle, "SELECT typeof(instalments) FROM slice_billing_Plan") == ["integer"]
    assert column(run_bundle, "SELECT json_type(steps) FROM slice_itinerary_Plan") == ["array", "array"]


class TestValues:
    """Items made by hand."""

    def test_scalars_and_nested(self, build):
        """Text, numbers, booleans and null are SQL values; nested values are JSON."""
        item = {"t": "é", "i": 1, "f": 0.5, "yes": True, "no": False, "nothing": None, "list": [1, {}], "o": {"a": "é"}}
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Note", item)))})
        sql = 'SELECT t, i, f, yes, no, "nothing", list, o FROM slice_Note'
        assert rows(bundle, sql) == [("é", 1, 0.5, 1, 0, None, "[1,{}]", '{"a":"\\u00e9"}')]

    def test_a_key_of_the_last_item_alone(self, build):
        """All items are searched for keys, not a sample."""
        items = [{"a": number} for number in range(3000)] + [{"late": 1}]
        bundle = build({"s.jsonl": lines(snapshot(), snapshot(CHILD_SESSION, slice_of("app:Note", *items)))})
        assert column(bundle, "SELECT late FROM slice_Note WHERE late IS NOT NULL") == [1]

    def test_items_that_are_not_objects(self, build):
        """Items that are not objects are rows with their value in the last column."""
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Note", {"a": 1}, "text", 7, [1], None)))})
        assert rows(bundle, "SELECT a, payload FROM slice_Note") == [
            (1, '{"a":1}'),
            (None, '"text"'),
            (None, "7"),
            (None, "[1]"),
            (None, "null"),
        ]

    def test_items_without_keys(self, build):
        """A class without fields has a view; a slice without items has none."""
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Ping", {}, {}), slice_of("app:None_")))})
        assert rows(bundle, "SELECT item_index, is_current FROM slice_Ping") == [(0, 1), (1, 1)]
        assert list(views_of(bundle)) == ["app:Ping"]

    def test_more_keys_than_columns(self, build):
        """As many keys as SQLite allows are columns; the others are only in the payload."""
        item = {f"k{number:04}": number for number in range(2500)}
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Wide", item)))})
        [(keys, columns)] = rows(bundle, "SELECT key_count, column_count FROM slice_views")
        assert (keys, columns) == (2500, 1993)
        [row] = rows(bundle, "SELECT * FROM slice_Wide")
        assert row[len(LEADING) : -1] == tuple(range(1993))
        assert json.loads(row[-1]) == item

    def test_limits_of_columns_and_views(self, build):
        """The number of views and columns is limited; slice_views lists the classes without a view."""
        wide = [slice_of(f"app:Wide{n:02}", {f"k{i}": i for i in range(1990)}) for n in range(11)]
        many = [slice_of(f"zoo:Class{n:04}", {"a": n}) for n in range(1100)]
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, *wide, *many))})
        counts = "SELECT count(*), count(view_name), sum(column_count), sum(item_count) FROM slice_views"
        assert rows(bundle, counts) == [(1111, 1000, 20_000, 1111)]
        assert column(bundle, "SELECT payload FROM slice_Class0500") == ['{"a": 500}']

    def test_a_payload_that_is_not_json(self, build):
        """A view still shows its other items if a damaged bundle has a payload that is not JSON."""
        bundle = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Note", {"a": 1, 'b"': 2}, {"a": 3})))})
        with closing(sqlite3.connect(bundle)) as connection, connection:
            connection.execute("UPDATE slice_items SET payload = '{\"a\": NaN' WHERE item_index = 0")
        assert rows(bundle, 'SELECT a, "b""" FROM slice_Note') == [(None, None), (3, None)]


HOSTILE = st.sampled_from(
    ["", "id", "Id", "session_id", "payload", "a.b", "a[0]", '"', 'a"b', "a\\b", "'", "a'b", "--", "*/", ";", "\n", "\t", "a\nb",
     "\x01", "\x7f", "\u2028", "\ud800", "é", "É", "$", "#", "0", "-1", "{x}", "{", "%s", "a b", "select", "TRUE", "__type__"]
)  # fmt: skip
KEYS = HOSTILE | st.text(max_size=6).filter(lambda text: "\0" not in text)
VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("aé\"'\\\n", max_size=5)
ITEMS = st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=2), max_size=6)
TYPES = st.sampled_from(
    ["app:Plan", "b:Plan", "b:plan", "a:items", "x'y", 'x"y', "--", "a\nb", "{0}", "$a", "", "a\0b"]
) | st.text(max_size=6)


@given(st.dictionaries(TYPES, st.lists(ITEMS | VALUES, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=settings().max_examples // 3)
def test_whatever_classes_and_keys_are_called(slices):
    """No class or key name breaks a view; every value is in the column of its key."""
    taken = [slice_of(slice_type, *items) for slice_type, items in slices.items()]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "s.jsonl")
        source.write_text(json.dumps(snapshot(ROOT_SESSION, *taken)), encoding="utf-8")
        output = Path(folder, "out.db")
        DebugBundle.from_artifacts(output, session_snapshots=[source]).close()
        assert_views_show_the_items(output)
        before = rows(output, SCHEMA), rows(output, LISTED)
        with closing(apsw.Connection(str(output))) as connection:
            renew_slice_views(connection)
        assert (rows(output, SCHEMA), rows(output, LISTED)) == before


def test_the_newest_sqlite_gives_the_same_rows(run_bundle):
    """The views give the same rows in Python's SQLite and in the newer one that builds bundles."""
    with closing(apsw.Connection(str(run_bundle), flags=apsw.SQLITE_OPEN_READONLY)) as newest:
        for view in views_of(run_bundle).values():
            assert newest.execute(f"SELECT * FROM {view}").fetchall() == rows(run_bundle, f"SELECT * FROM {view}")


class TestMigrate:
    """Views after a migration."""

    def test_makes_the_views_of_an_older_bundle(self, run_bundle, tmp_path):
        """Migrating a bundle without these views creates them."""
        old = Path(shutil.copy(run_bundle, tmp_path / "old.db"))
        with closing(sqlite3.connect(old)) as connection, connection:
            for view in [*views_of(old).values(), "current_slice_items", "last_snapshots"]:
                connection.execute(f"DROP VIEW {view}")
            connection.execute("DROP TABLE slice_views")
        migrate_bundle(old)
        assert rows(old, LISTED) == rows(run_bundle, LISTED)
        for view in views_of(run_bundle).values():
            assert rows(old, f"SELECT * FROM {view}") == rows(run_bundle, f"SELECT * FROM {view}")

    def test_adds_what_a_step_brought(self, run_bundle, tmp_path):
        """A migration step that changes items changes the columns of their views."""
        old = Path(shutil.copy(run_bundle, tmp_path / "old.db"))
        (tmp_path / "2.sql").write_text("UPDATE slice_items SET payload = json_set(payload, '$.new', 5);")
        migrate_bundle(old, steps=tmp_path, target=2)
        assert set(column(old, "SELECT new FROM slice_Balance")) == {5}


def test_they_do_not_depend_on_the_number_of_workers(tmp_path, monkeypatch):
    """Several workers find the same keys as one process."""
    monkeypatch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 0)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        items = [{"text": "x", f"key{number}": index} for index in range(10)]
        text = lines(snapshot(f"session-{number}", slice_of("app:Note", *items), created_at=MOMENT))
        (folder / f"{number}.jsonl").write_bytes(text)
    built = []
    for jobs in (1, 2):
        output = tmp_path / f"{jobs}.db"
        DebugBundle.from_directory(folder, output=output, jobs=jobs).close()
        built.append((rows(output, SCHEMA), rows(output, LISTED)))
        assert column(output, "SELECT column_count FROM slice_views") == [41]
    assert built[0] == built[1]
