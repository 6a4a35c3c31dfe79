"""Commands on hostile or damaged bundles end with a message and an exit code, never with a crash or a hang."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from support.artifact_samples import column
from support.case_selection import mostly_slow
from support.command_runner import ENDLESS_ROWS_SQL, ENDLESS_SUM_SQL, command_line, run, run_process
from support.guarded_process import GuardedProcess
from support.process_table import has_open, needs_linux, processor_seconds, wait_until
from support.processor_time import processor_time_below

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.errors import BundleError, BundleQueryError, DamagedBundleError, InvalidBundleError

DAMAGES = int(os.environ.get("WINK_DAMAGES", "80"))

STUCK = "SELECT instr(replace(zeroblob(4000000), x'00', x'61'), replace(zeroblob(2000000), x'00', x'61') || x'62')"
"""One step of SQLite that takes minutes."""


def altered(bundle, path, *statements):
    """Copy the bundle to `path`, run the statements on the copy, and return its path."""
    shutil.copy(bundle, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        for statement in statements:
            connection.executescript(statement)
    return path


@pytest.fixture(scope="module")
def blob(run_bundle):
    """Return the hash of a blob, or a hash that no blob has."""
    return (column(run_bundle, "SELECT sha256 FROM blobs LIMIT 1") or ["0" * 64])[0]


def _wait_until_it_reads(running, bundle):
    """Wait until the process has opened the bundle, and then until it has computed for half a second."""
    wait_until(lambda: has_open(running.pid, bundle.name))
    before = processor_seconds([running.pid])
    wait_until(lambda: processor_seconds([running.pid]) > before + 0.5)


class TestDamagedBytes:
    """Bundles with damaged bytes."""

    @pytest.mark.parametrize("seed", mostly_slow(range(DAMAGES), range(24)))
    def test_any(self, run_bundle, blob, tmp_path, seed):
        """Every command ends with its result, or with a line that names the file and exit code 1 or 3."""
        luck = random.Random(seed)
        data = bytearray(run_bundle.read_bytes())
        if luck.random() < 0.3:
            del data[luck.randrange(len(data)) :]
        for _ in range(luck.choice([1, 1, 10, 300])):
            if data:
                where = luck.randrange(min(len(data), luck.choice([100, 8192, len(data)])))
                data[where] ^= 1 << luck.randrange(8)
        path = tmp_path / "d.db"
        path.write_bytes(data)
        before = bytes(data)
        for arguments in (
            ["info", path],
            ["query", path, "SELECT * FROM execution_timeline", "--format", "json", "--timeout", "20"],
            ["export", path, "logs", "-o", tmp_path / "out.csv", "--force"],
            ["cat", path, "--blob", blob],
            ["schema", path],
        ):
            result = run(*arguments)
            assert result.exit_code in {0, 1, 3}, (arguments, result.output)
            assert "bug in wink-debug-bundle" not in result.stderr, (arguments, result.stderr)
            if result.exit_code:
                assert result.stderr.startswith("Error: "), arguments
                assert result.stderr.count("\n") == 1, arguments
        assert path.read_bytes() == before
        assert set(os.listdir(tmp_path)) <= {"d.db", "out.csv"}

    @pytest.mark.parametrize("seed", mostly_slow(range(DAMAGES // 4), range(8)))
    def test_migrate(self, run_bundle, tmp_path, seed):
        """A damaged bundle is migrated completely, or refused and left unchanged; no file is left beside it."""
        luck = random.Random(seed)
        data = bytearray(run_bundle.read_bytes())
        if luck.random() < 0.5:
            del data[luck.randrange(len(data)) :]
        for _ in range(20):
            if data:
                data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
        path = tmp_path / "d.db"
        path.write_bytes(data)
        result = run("migrate", path)
        assert result.exit_code in {0, 1, 3}, result.output
        assert "bug in" not in result.stderr
        assert os.listdir(tmp_path) == ["d.db"]
        assert result.exit_code == 0 or path.read_bytes() == bytes(data)

    def test_damage_has_its_own_exit_code(self, run_bundle, tmp_path):
        """A truncated bundle ends with exit code 3, a file that never was a bundle with 1."""
        path = tmp_path / "d.db"
        path.write_bytes(run_bundle.read_bytes()[:100_000])
        for arguments in (["query", path, "SELECT * FROM logs"], ["export", path, "logs"]):
            result = run(*arguments)
            assert result.exit_code == 3
            assert f"Error: {path}: the bundle is damaged: " in result.stderr
        path.write_text("SQLite format 2")
        result = run("info", path)
        assert (result.exit_code, result.stderr) == (1, f"Error: {path}: is not a SQLite database\n")

    def test_damage_in_the_api(self, run_bundle, tmp_path):
        """Damage has an exception class of its own."""
        path = tmp_path / "d.db"
        path.write_bytes(run_bundle.read_bytes()[:20_000])
        with pytest.raises(DamagedBundleError, match="damaged"), DebugBundle.open(path) as bundle:
            bundle.query("SELECT count(*) FROM logs").fetchall()
        path.write_bytes(b"x" * 100)
        with pytest.raises(InvalidBundleError) as caught:
            DebugBundle.open(path)
        assert not isinstance(caught.value, DamagedBundleError)


class TestSchemas:
    """Bundles with a hostile schema."""

    def test_a_view_in_the_place_of_the_first_table(self, run_bundle, tmp_path):
        """A file whose bundle_meta is a view is not a bundle, and the view is not computed."""
        endless = f"CREATE VIEW bundle_meta AS SELECT i AS schema_version FROM ({ENDLESS_ROWS_SQL}) WHERE i < 0"
        path = altered(run_bundle, tmp_path / "x.db", "DROP TABLE bundle_meta", endless)
        with processor_time_below(5):
            result = run("info", path)
        assert (result.exit_code, "not a debug bundle" in result.stderr) == (1, True)

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (["info"], "token_usage"),
            (["query", "SELECT * FROM error_log"], "error_log"),
            (["export", "logs"], "logs"),
        ],
    )
    def test_a_view_that_never_ends(self, run_bundle, tmp_path, arguments, what):
        """A command on an endless view stops at its timeout and says so."""
        names = "input_tokens, output_tokens" if what == "token_usage" else "a, b"
        drop = f"DROP {'TABLE' if what == 'logs' else 'VIEW'} {what}"
        view = f"CREATE VIEW {what}({names}) AS SELECT i, i FROM ({ENDLESS_ROWS_SQL}) WHERE i < 0"
        path = altered(run_bundle, tmp_path / "x.db", drop, view)
        name, *rest = arguments
        with processor_time_below(10):
            result = run(name, path, *rest, "--timeout", "0.5")
        assert (result.exit_code, "stopped after 0.5 s" in result.stderr) == (1, True), result.output

    @pytest.fixture
    def endless_bundle(self, run_bundle, tmp_path):
        """Return a bundle whose artifacts are an endless view."""
        columns = ", ".join(
            f"i AS {name}" for name in column(run_bundle, "SELECT name FROM pragma_table_info('artifacts')")
        )
        view = f"CREATE VIEW artifacts AS SELECT {columns} FROM ({ENDLESS_ROWS_SQL}) WHERE i < 0"
        drop = "PRAGMA legacy_alter_table = 1; ALTER TABLE artifacts RENAME TO a"
        return altered(run_bundle, tmp_path / "x.db", drop, view)

    @pytest.mark.parametrize("arguments", [["verify"], ["extract", "--output", "OUT"]])
    def test_checks_that_never_end(self, endless_bundle, tmp_path, arguments):
        """Endless checks stop at their timeout, without a report of damage."""
        name, *rest = (str(tmp_path / "out") if argument == "OUT" else argument for argument in arguments)
        result = run(name, endless_bundle, *rest, "--timeout", "0.5")
        expected = f"Error: {endless_bundle}: stopped after 0.5 s\n"
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", expected)

    @needs_linux
    def test_ctrl_c_is_not_reported_as_damage(self, endless_bundle):
        """A check that is stopped by Ctrl-C reports the interruption, not damage."""
        with GuardedProcess(
            command_line("verify", endless_bundle), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            _wait_until_it_reads(running, endless_bundle)
            running.send_signal(signal.SIGINT)
            printed = running.communicate(timeout=20)
        assert (running.returncode, printed) == (130, (b"", b"Interrupted\n"))

    @pytest.mark.parametrize(
        "expression",
        [
            "load_extension('./evil')",
            "fts3_tokenizer('simple')",
            "writefile('out', 'x')",
            "readfile('/etc/passwd')",
            "edit('x')",
        ],
    )
    def test_a_view_that_calls(self, run_bundle, tmp_path, monkeypatch, expression):
        """A view that calls functions to load, read or write files is refused."""
        monkeypatch.chdir(tmp_path)
        path = altered(
            run_bundle, tmp_path / "x.db", "DROP VIEW error_log", f"CREATE VIEW error_log AS SELECT {expression} AS a"
        )
        result = run("query", path, "SELECT * FROM error_log")
        assert result.exit_code == 1
        assert "a bundle can only be read" in result.stderr or "no such function" in result.stderr
        assert os.listdir(tmp_path) == ["x.db"]

    def test_triggers_do_not_fire(self, run_bundle, tmp_path):
        """A trigger in a bundle never runs, because nothing writes."""
        trigger = "CREATE TRIGGER t AFTER INSERT ON logs BEGIN DELETE FROM logs; END"
        path = altered(run_bundle, tmp_path / "x.db", trigger)
        before = path.read_bytes()
        assert run("info", path).exit_code == 0
        assert run("query", path, "INSERT INTO logs DEFAULT VALUES").exit_code == 1
        assert path.read_bytes() == before

    def test_a_virtual_table_of_an_unknown_module(self, run_bundle, tmp_path):
        """A virtual table with an unknown module only disturbs queries that use it."""
        row = "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING evil(a)')"
        path = altered(run_bundle, tmp_path / "x.db", row)
        assert run("info", path).exit_code == 0
        result = run("query", path, "SELECT * FROM v")
        assert (result.exit_code, "no such module" in result.stderr) == (1, True)

    def test_a_virtual_table_that_would_write(self, run_bundle, tmp_path):
        """A virtual table that needs to write is listed by name, and the rest of the schema is complete."""
        path = altered(run_bundle, tmp_path / "x.db", "CREATE VIRTUAL TABLE v USING rtree(id, a, b)")
        result = run("schema", path)
        assert (result.exit_code, "`v`" in result.stdout, "### `logs`" in result.stdout) == (0, True, True)

    def test_a_migration_that_never_ends(self, run_bundle, tmp_path):
        """Triggers in a bundle do not run during a migration."""
        path = altered(
            run_bundle,
            tmp_path / "x.db",
            f"CREATE TRIGGER t AFTER UPDATE ON bundle_meta BEGIN DELETE FROM logs WHERE id < 0 OR ({ENDLESS_SUM_SQL}); END",
        )
        result = run("migrate", path)
        assert (result.exit_code, "up to date" in result.stdout) == (0, True)

    def test_a_generated_column_that_is_huge(self, run_bundle, tmp_path):
        """A generated column of a gigabyte is refused when read; the other columns can be read."""
        huge = "CREATE TABLE g (a, b GENERATED ALWAYS AS (zeroblob(999999999)) VIRTUAL); INSERT INTO g (a) VALUES (7)"
        path = altered(run_bundle, tmp_path / "x.db", huge)
        result = run("query", path, "SELECT * FROM g")
        assert (result.exit_code, "longer than any that the bundle can hold" in result.stderr) == (1, True)
        assert run("query", path, "SELECT a FROM g", "--format", "csv").stdout.split() == ["a", "7"]

    def test_an_index_on_an_expression(self, run_bundle, tmp_path):
        """A query gives the same answer with an index on an expression."""
        index = "CREATE INDEX e ON logs(json_extract(context, '$.answer') || upper(message))"
        path = altered(run_bundle, tmp_path / "x.db", index)
        assert run("query", path, "SELECT count(*) AS n FROM logs", "--format", "jsonl").stdout == '{"n": 274}\n'

    def test_rows_of_other_types(self, run_bundle, tmp_path):
        """Values of unexpected types do not break the commands that describe the bundle."""
        path = altered(
            run_bundle,
            tmp_path / "x.db",
            "UPDATE bundle_meta SET created_at = x'ff', tags = 'no JSON', description = 5",
        )
        result = run("info", path)
        assert "bug in wink-debug-bundle" not in result.stderr
        assert result.exit_code in {0, 1}

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("slice_views", "item_count = 'many'"),
            ("slice_views", "view_name = x'ff1b' WHERE rowid = 1"),
            ("bundle_meta", "description = 7"),
            ("blobs", "chunk_count = 'many'"),
            ("artifacts", "path = x'ff'"),
            ("ledger", "status = 0.5"),
        ],
    )
    def test_columns_without_their_types(self, evaluation_bundle, tmp_path, table, change):
        """Values that the real schema does not allow crash no command, and `verify` names the table."""
        loose = "replace(replace(replace(sql, 'STRICT', ''), ' INTEGER NOT NULL', ''), ' TEXT', '')"
        sql = f"UPDATE sqlite_master SET sql = {loose} WHERE name = '{table}'"
        path = altered(evaluation_bundle, tmp_path / "x.db", sql)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = 1")
            connection.executescript(f"UPDATE {table} SET {change}")
        for arguments in (["info"], ["verify"], ["schema"], ["extract", "--output", tmp_path / "out"]):
            name, *rest = arguments
            result = run(name, path, *rest)
            assert result.exit_code in {0, 1, 3}
            assert "bug in wink-debug-bundle" not in result.stderr, arguments
            assert name != "verify" or f"the table {table} differs from the schema" in result.output

    @pytest.mark.parametrize("column", ["description", "root_session_id"])
    def test_invalid_text_is_not_served(self, run_bundle, tmp_path, column):
        """If the bundle's description cannot be shown, `serve` ends with a line that names the file."""
        path = altered(run_bundle, tmp_path / "x.db", f"UPDATE bundle_meta SET {column} = CAST(x'ff' AS TEXT)")
        done = run_process("serve", path, "--no-browser", "--port", "0")
        assert done.returncode in {1, 3}
        assert done.stderr.decode().startswith(f"Error: {path}: ")
        assert done.stderr.count(b"\n") == 1


@pytest.mark.slow  # SQLite works for seconds within one step
class TestHugeValues:
    """Queries that would need too much memory."""

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT zeroblob(1e9)",
            "SELECT randomblob(1e9)",
            "SELECT length(hex(zeroblob(2e8)))",
            "SELECT group_concat(hex(zeroblob(1000000)), '') FROM logs",
        ],
    )
    def test_refused(self, run_bundle, sql):
        """A value longer than the bundle is refused with a message that says so."""
        result = run("query", run_bundle, sql)
        assert result.exit_code == 1
        assert "longer than any that the bundle can hold" in result.stderr or "more memory" in result.stderr

    def test_a_format_of_a_gigabyte(self, run_bundle):
        """A gigabyte made by printf is refused, or is NULL or empty where SQLite itself gives up."""
        result = run("query", run_bundle, "SELECT length(printf('%.*c', 1e9, 'x')) AS n", "--format", "jsonl")
        assert result.exit_code == 1 or result.stdout in {'{"n": null}\n', '{"n": 0}\n'}

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT " + "(" * 5000 + "1" + ")" * 5000,
            "SELECT " + "+".join(["1"] * 5000),
            "SELECT " + "json_array(" * 3000 + ")" * 3000,
            "SELECT json('" + "[" * 100_000 + "')",
            "SELECT " + " UNION ALL SELECT ".join(["1"] * 5000),
        ],
    )
    def test_deep(self, run_bundle, sql):
        """Very deep nesting in a query is an error of the query and does not crash the process."""
        result = run("query", run_bundle, sql)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {run_bundle}: ")
        assert "bug in" not in result.stderr

    def test_memory_is_bounded(self, run_bundle):
        """Many long values at once end with a message, and take less than a GB of memory."""
        sql = "SELECT " + ", ".join(f"hex(zeroblob(8000000 - {number}))" for number in range(200))
        code = (
            "import resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
            "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, done.stderr)\n"
        )
        arguments = [sys.executable, "-c", code, *command_line("query", run_bundle, sql)]
        code, megabytes, *message = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
        assert (code, "memory" in message) == ("1", True)
        assert int(megabytes) < 1000

    def test_the_time_limit_reaches_into_a_step(self, run_bundle):
        """--timeout stops a statement even within a single step of SQLite."""
        with processor_time_below(15):
            done = run_process("query", run_bundle, STUCK, "--timeout", "1")
        assert (done.returncode, b"stopped after" in done.stderr) == (1, True)

    @needs_linux
    def test_ctrl_c_reaches_into_a_step(self, run_bundle):
        """Ctrl-C stops a statement even within a single step of SQLite."""
        with GuardedProcess(command_line("query", run_bundle, STUCK), stderr=subprocess.PIPE) as running:
            _wait_until_it_reads(running, run_bundle)
            running.send_signal(signal.SIGINT)
            # The step would take minutes; a busy machine may need many seconds to end the process.
            _, stderr = running.communicate(timeout=30)
        assert (running.returncode, stderr) == (130, b"Interrupted\n")

    def test_in_the_api(self, run_bundle):
        """The Python interface raises errors that a program can catch."""
        with DebugBundle.open(run_bundle) as bundle:
            with pytest.raises(BundleQueryError, match="longer than any"):
                bundle.query("SELECT zeroblob(1e9)")
            with pytest.raises(BundleError):
                bundle.query("SELECT 1 FROM logs WHERE zeroblob(1e9)").fetchall()
