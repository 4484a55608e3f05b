"""Sentences about what attention costs, the same on the page, in files and on the command line."""

from __future__ import annotations

import math

from fixviz.attention_cost.fit import Crossing, PowerLaw
from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.measurement import CostMeasurement, Stop
from fixviz.attention_cost.shape import AttentionShape
from fixviz.reading.numbers import number

PLACES = {"server": "this server", "browser": "this browser"}
_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def exponent_phrase(law: PowerLaw | None) -> str:
    """Write an exponent with its standard error, such as "1.96 ± 0.02"; "–" for none."""
    return "–" if law is None else f"{law.exponent:.2f} ± {max(law.error, 0.005):.2f}"


def fitted_phrase(law: PowerLaw | None) -> str:
    """Say which points a power law was fitted to, such as "648 to 5,184 tokens"."""
    return "–" if law is None else f"{law.tokens[0]:,} to {law.tokens[-1]:,} tokens"


def crossing_phrase(found: Crossing | None) -> str:
    """Say from how many tokens on a kind takes less time than fused softmax."""
    if found is None:
        return "not measured"
    if found.tokens is None or found.low is None or found.high is None:
        return (
            "at all measured sizes" if found.state == "always" else "not within the measured range"
        )
    low, high = _about(found.low), _about(found.high)
    between = "" if low == high else f" ({low} to {high})"
    return f"from about {_about(found.tokens)} tokens on{between}"


def stop_phrase(kind: str, stop: Stop) -> str:
    """Say where a measurement ended, and why."""
    why = "take too long" if stop.reason == "time" else "need too much memory"
    return f"{KINDS[kind].title} ends before {stop.tokens:,} tokens, which would {why}."


def warnings(found: CostMeasurement) -> list[str]:
    """Say where kinds ended, and whether other programs disturbed what was measured."""
    said = [stop_phrase(kind, stop) for kind, stop in found.stopped.items()]
    if found.disturbed:
        said.append(
            f"Other programs had {100 * found.others:.0f} % of the machine meanwhile, so times and exponents "
            "may be off. Measure again when it is quiet."
        )
    return said


def shape_phrase(shape: AttentionShape) -> str:
    """Name the heads, their width and the grid."""
    heads = f"{shape.heads} head{'s' if shape.heads > 1 else ''} of {shape.width} channels"
    if shape.patches == 1:
        return heads
    return f"{heads}; tokens are frames of {shape.rows} × {shape.columns} patches"


def amount(value: float, unit: str, digits: int = 3) -> str:
    """Write an amount with its unit and a decimal prefix, such as "59.3 GFLOP/s"; "–" if undefined."""
    if not math.isfinite(value):
        return "–"
    size, prefix = next(((s, p) for s, p in _STEPS if abs(value) >= s), (1.0, ""))
    return f"{number(value / size, digits)} {prefix}{unit}"


def duration(seconds: float) -> str:
    """Write a time in µs, ms or s."""
    if seconds < 1e-3:
        return f"{number(seconds * 1e6)} µs"
    return f"{number(seconds * 1e3)} ms" if seconds < 1 else f"{number(seconds)} s"


def roof_phrase(measurement: CostMeasurement) -> str:
    """Say how fast large matrix products are here; empty where that was not measured."""
    if not measurement.roof_flops:
        return ""
    speed = amount(measurement.roof_flops, "FLOP/s")
    return f"Large matrix products run at {speed} here (float32): the roof."


def _about(tokens: float) -> str:
    """Write a number of tokens with two digits that count."""
    size = 10 ** max(0, math.floor(math.log10(tokens)) - 1)
    return f"{round(tokens / size) * size:,}"
