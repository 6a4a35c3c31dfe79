"""Functions and words of other databases that SQLite does not have, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MEDIAN = (
    "SELECT duration_ms FROM (SELECT duration_ms, percent_rank() OVER (ORDER BY duration_ms) AS share FROM tool_calls"
    " WHERE duration_ms IS NOT NULL) WHERE share >= 0.5 ORDER BY share LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Some names that other databases have, with the way to get the same from SQLite."""

    names: str
    """The names, in lower case, with blanks between them."""
    instead: str
    """What to use instead."""
    example: str
    """A statement, or an expression on `logs`, that works on every bundle."""


FOREIGN = (
    Foreign(
        "median percentile percentile_cont percentile_disc quantile quantile_cont approx_quantile approx_percentile"
        " p50 p90 p95 p99",
        "rank the rows with percent_rank() (0.5 is the median, 0.95 p95), or ask the saved query slowest-tools",
        _MEDIAN,
    ),
    Foreign(
        "stddev stdev std stddev_pop stddev_samp variance var_pop var_samp",
        "compute it from avg(); its square root is the standard deviation",
        "SELECT avg(duration_ms * duration_ms) - avg(duration_ms) * avg(duration_ms) FROM tool_calls",
    ),
    Foreign(
        "regexp rlike regexp_like regexp_matches regexp_match regexp_extract regexp_replace regexp_count",
        "use GLOB, LIKE or instr(), or match the rows in Python (re)",
        "event GLOB 'tool*[0-9]'",
    ),
    Foreign("ilike", "LIKE ignores upper and lower case of ASCII letters", "message LIKE '%error%'"),
    Foreign(
        "now getdate sysdate curdate current_timestamp current_date current_time",
        "write datetime('now'), in UTC",
        "timestamp >= datetime('now', '-1 day')",
    ),
    Foreign(
        "date_trunc date_part datepart extract year month day hour minute second dayofweek weekday date_format to_char"
        " strptime format_timestamp formatdatetime",
        "times are text, ISO 8601: take the part with strftime() or substr()",
        "strftime('%Y-%m-%d %H:00', timestamp)",
    ),
    Foreign(
        "to_timestamp to_date from_unixtime epoch unix_timestamp epoch_ms",
        "datetime(seconds, 'unixepoch') makes a time of seconds, unixepoch(time) seconds of a time",
        "unixepoch(timestamp)",
    ),
    Foreign(
        "datediff date_diff timestampdiff age dateadd date_add date_sub interval",
        "subtract julianday(), in days, or add with a modifier",
        "(julianday(timestamp) - julianday('2026-01-01')) * 86400, datetime(timestamp, '+1 day')",
    ),
    Foreign("string_agg listagg array_to_string", "use group_concat(text, separator)", "group_concat(level, ', ')"),
    Foreign("array_agg list collect_list collect_set", "use json_group_array(value)", "json_group_array(level)"),
    Foreign("concat concat_ws", "join texts with ||; NULL makes the whole NULL", "level || ': ' || message"),
    Foreign("left", "use substr(text, 1, length)", "substr(message, 1, 10)"),
    Foreign("right", "use substr(text, -length)", "substr(message, -10)"),
    Foreign(
        "split_part substring_index charindex position strpos locate contains starts_with startswith",
        "find the place with instr(text, part), 0 if it is not there, and take a part with substr()",
        "substr(event, 1, instr(event, '.') - 1)",
    ),
    Foreign("lpad rpad", "use printf()", "printf('%8s', level)"),
    Foreign("len char_length datalength", "use length(text), in characters", "length(message)"),
    Foreign("nvl isnull", "use coalesce(value, other)", "coalesce(event, '')"),
    Foreign("if", "use iif(condition, value, other)", "iif(level = 'ERROR', 1, 0)"),
    Foreign("greatest", "use max(value, other)", "max(length(message), 10)"),
    Foreign("least", "use min(value, other)", "min(length(message), 10)"),
    Foreign("count_if countif", "a condition is 1 or 0: use sum(condition)", "sum(level = 'ERROR')"),
    Foreign("bool_or any_value logical_or", "a condition is 1 or 0: use max(condition)", "max(level = 'ERROR')"),
    Foreign("bool_and every logical_and", "a condition is 1 or 0: use min(condition)", "min(level = 'DEBUG')"),
    Foreign(
        "json_value json_query json_extract_path json_extract_path_text json_extract_string get_json_object",
        "use ->> for a text or number, and -> for JSON",
        "context ->> '$.tool_name'",
    ),
    Foreign(
        "unnest explode generate_series json_array_elements jsonb_array_elements json_object_keys flatten",
        "join the table-valued function json_each(json)",
        "SELECT entry.key, entry.value FROM logs, json_each(logs.context) AS entry",
    ),
    Foreign("::", "use CAST(value AS type), with TEXT, INTEGER or REAL", "CAST(message AS TEXT)"),
    Foreign(
        "try_cast safe_cast to_number",
        "use CAST(value AS type); other text than a number becomes 0",
        "CAST('1' AS REAL)",
    ),
    Foreign("qualify", "filter a window function in an outer SELECT", _MEDIAN),
)

_CODE = re.compile(
    r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|(?P<word>[^\W\d]\w*|::)""", re.DOTALL
)
_SYNTAX_ERRORS = ("syntax error", "unrecognized token")


def instead_of(name: str) -> str:
    """Return what to write instead of the function, as the end of a message; "" if that is unknown."""
    found = _by_name().get(name.casefold())
    return f"; SQLite has no {name}: {found.instead}: {found.example}" if found else ""


def instead_in(sql: str, message: str) -> str:
    """Return what to write instead of the first foreign word in SQL that SQLite cannot parse; "" if SQLite has all of them."""
    if not any(error in message for error in _SYNTAX_ERRORS):
        return ""
    words = (match["word"] for match in _CODE.finditer(sql) if match["word"])
    return next(filter(None, map(instead_of, _uncommon(words))), "")


def _by_name() -> dict[str, Foreign]:
    return {name: foreign for foreign in FOREIGN for name in foreign.names.split()}


_AMBIGUOUS = {"left", "right", "if", "any_value", "list", "every", "second", "day", "month", "year", "hour", "minute"}
"""Words that SQL of SQLite may have, as keywords or as names."""


def _uncommon(words: Iterable[str]) -> Iterable[str]:
    """Return the words that are no keywords of SQLite's, and no usual names of columns."""
    return (word for word in words if word.casefold() not in _AMBIGUOUS)
