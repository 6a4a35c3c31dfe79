"""The weights of a discrete distribution with one peak, from the ratios of neighbours."""

from __future__ import annotations

from collections.abc import Callable


def peaked_weights(peak: int, lowest: int, highest: int, ratio: Callable[[int], float]) -> dict[int, float]:
    """Return the weight of each value from `lowest` to `highest`, where the weight of `peak` is 1.

    Probabilities are weights divided by their sum. No factorial is taken, so large numbers lose no digits. Values whose
    weight is too small for a float are left out, so that a wide range costs little.

    Args:
        peak: The value with the largest weight.
        lowest: The lowest value that is possible.
        highest: The highest one.
        ratio: Gives weight(k + 1) / weight(k).
    """
    weights = {peak: 1.0}
    weight, value = 1.0, peak
    while value < highest and weight > 0:
        weight *= ratio(value)
        value += 1
        weights[value] = weight
    weight, value = 1.0, peak
    while value > lowest and weight > 0:
        weight /= ratio(value - 1)
        value -= 1
        weights[value] = weight
    return weights
