"""The scale of colors as HTML, for pages and the report."""

from __future__ import annotations

from fixviz.drawing.colors import stops
from fixviz.drawing.markup import Html, tag
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale


def color_bar(scale: Scale, label: str) -> Html:
    """Draw a scale as a bar with its numbers, and say what they mean."""
    ramp = ", ".join(color for _, color in stops(scale.colors))
    ends = [number(v) for v in (scale.low, (scale.low + scale.high) / 2, scale.high)]
    bar = f"height:.7rem;border-radius:3px;background:linear-gradient(90deg,{ramp})"
    apart = "display:flex;justify-content:space-between"
    return tag(
        "div",
        tag("div", class_="ramp", style=bar),
        tag("div", *(tag("span", end) for end in ends), style=apart),
        tag("div", label),
        class_="colors",
        style="max-width:26rem;font-size:.8rem",
        role="img",
        aria_label=f"Colors from {ends[0]} to {ends[2]}: {label}",
    )
