"""Say what else changed: failures, tools, prompts, environment, repeats; as blocks of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..comparison_data import Comparison
from ..deltas.delta_data import SignatureDelta, SignatureTrend, ToolDelta
from ..plain_numbers import number, p_text, percent
from .document_blocks import MOST_ROWS, Block, more_rows

_MOST_DIFF_LINES = 20

_TRENDS = {SignatureTrend.GROWN: "more often", SignatureTrend.SHRUNK: "less often"} | {
    trend: trend.value for trend in (SignatureTrend.NEW, SignatureTrend.SAME, SignatureTrend.GONE)
}


def delta_blocks(comparison: Comparison) -> Iterator[Block]:
    """Yield what changed besides the results; what did not has no block."""
    yield from _signatures(comparison)
    yield from _tools(comparison.tools)
    yield from _prompts(comparison)
    yield from _environment(comparison)
    yield from _repeats(comparison)


def _signatures(comparison: Comparison) -> Iterator[Block]:
    changed = [each for each in comparison.signatures if each.trend != SignatureTrend.SAME]
    if changed:
        columns = ("", "base", "new", "failure, by its signature")
        rows = tuple(_signature_row(each) for each in changed[:MOST_ROWS])
        of = f"{comparison.base.sample_count:,} in the base, {comparison.new.sample_count:,} now"
        yield Block(f"Failures, in how many samples (of {of})", tuple(more_rows(changed)), columns, rows, has_text=True)


def _signature_row(delta: SignatureDelta) -> tuple[str, ...]:
    base = f"{delta.base_samples:,} ({percent(delta.base_share)})"
    new = f"{delta.new_samples:,} ({percent(delta.new_share)})"
    return _TRENDS[delta.trend], base, new, _signature(delta)


def _signature(delta: SignatureDelta) -> str:
    of = {"sample": "", "tool": f"tool {delta.name}: ", "log": f"log {delta.name}: "}.get(delta.kind, f"{delta.name}: ")
    is_run = delta.example_name is not None and delta.example_name.isdecimal()
    return f"{of}{delta.signature}{f' (run {delta.example_name})' if is_run else ''}"


def _tools(tools: Sequence[ToolDelta]) -> Iterator[Block]:
    if tools:
        columns = ("", "calls", "ok", "now", "ok", "p", "ms", "now", "p")
        note = (
            "p values after Holm's correction: of the success over samples, of the milliseconds over calls, which are not "
            "independent, so that a small one is a hint."
        )
        rows = tuple(map(_tool_row, tools[:MOST_ROWS]))
        yield Block(
            "Tools: calls, how many were ok, and median milliseconds, in the base and now",
            (note, *more_rows(tools)),
            columns,
            rows,
        )


def _tool_row(tool: ToolDelta) -> tuple[str, ...]:
    cells = [tool.tool_name]
    for use in (tool.base, tool.new):
        cells += [f"{use.call_count:,}", _or_dash(use.success_rate, percent)]
    cells.append(_or_dash(tool.success_p, _p))
    cells += [_or_dash(use.median_ms, number) for use in (tool.base, tool.new)]
    return *cells, _or_dash(tool.latency_p, _p)


def _prompts(comparison: Comparison) -> Iterator[Block]:
    prompts = comparison.prompts
    if not prompts.is_changed:
        return
    lines = [_part(part.kind, part.name, part.prompt, part.base_hashes, part.new_hashes) for part in prompts.parts]
    changed = [text for text in prompts.texts if text.changed_count]
    lines += [
        f"The text of {each.prompt} differs in {each.changed_count:,} of {each.pair_count:,} pairs." for each in changed
    ]
    code: tuple[str, ...] = ()
    if changed:
        lines.append(f"That of {changed[0].example}:")
        diff = changed[0].diff
        code = diff[:_MOST_DIFF_LINES] + (("…",) if len(diff) > _MOST_DIFF_LINES else ())
    yield Block("Prompts", (*lines[:MOST_ROWS], *more_rows(lines)), code=code)


def _part(kind: str, name: str, prompt: str, base: Sequence[str], new: Sequence[str]) -> str:
    what = "was added" if not base else "was removed" if not new else "has another version"
    return f"The {kind} {name} of {prompt} {what}."


def _environment(comparison: Comparison) -> Iterator[Block]:
    facts = comparison.environment
    varying = (
        (f"Different from run to run on both sides: {', '.join(facts.varying[:MOST_ROWS])}.",) if facts.varying else ()
    )
    if facts.changed or varying:
        rows = tuple(
            (f"{each.kind} {each.name}", f"{_values(each.base)} → {_values(each.new)}")
            for each in facts.changed[:MOST_ROWS]
        )
        yield Block("Environment", (*varying, *more_rows(facts.changed)), ("", "base → new"), rows, has_text=True)


def _values(values: Sequence[str | None]) -> str:
    return ", ".join("none" if value is None else value for value in values) or "not there"


def _repeats(comparison: Comparison) -> Iterator[Block]:
    repeats = comparison.repeats
    if not repeats.base and not repeats.new:
        return
    sides = {each.k: each for each in repeats.base}, {each.k: each for each in repeats.new}
    rows = tuple(
        (
            str(k),
            *(
                percent(getattr(side[k], rate)) if k in side else ""
                for rate in ("pass_at_k", "pass_hat_k")
                for side in sides
            ),
        )
        for k in sorted({*sides[0], *sides[1]})
    )
    lines = [*_flaky("the base", repeats.flaky_base), *_flaky("the new evaluation", repeats.flaky_new)]
    columns = ("k", "base pass@k", "new pass@k", "base pass^k", "new pass^k")
    yield Block("Repeats", tuple(lines), columns, rows)


def _flaky(where: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - MOST_ROWS:,} more" if len(names) > MOST_ROWS else ""
        yield f"Flaky in {where}: {', '.join(names[:MOST_ROWS])}{more}."


def _p(value: float) -> str:
    return p_text(value).removeprefix("= ")


def _or_dash(value: float | None, shown: Callable[[float], str]) -> str:
    return "-" if value is None else shown(value)
