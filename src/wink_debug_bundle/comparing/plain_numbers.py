"""Write shares, p values and numbers as sentences have them."""

from __future__ import annotations


def percent(share: float) -> str:
    """Return a share as `80.2 %`; only 0 and 1 themselves are `0.0 %` and `100.0 %`."""
    text = f"{100 * share:.1f}"
    if text == "0.0" and share > 0:
        return "under 0.1 %"
    if text == "100.0" and share < 1:
        return "over 99.9 %"
    return f"{text} %"


def points(difference: float) -> str:
    """Return the difference of two shares in percentage points, as `1.8 points`."""
    text = f"{100 * difference:.1f}"
    return "under 0.1 points" if text == "0.0" and difference > 0 else f"{text} points"


def p_text(p_value: float) -> str:
    """Return a p value with its sign, as `= 0.035` or `< 0.0001`."""
    if p_value < 0.0001:
        return "< 0.0001"
    return f"= {p_value:.3g}" if p_value < 0.1 else f"= {p_value:.2f}"


def number(value: float) -> str:
    """Return a number with three digits or more, as `0.125`, `12.5` or `1,250`."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as `1 sample` or `1,200 samples`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
