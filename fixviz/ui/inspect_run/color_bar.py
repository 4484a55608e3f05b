"""The scale of maps on a page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.media.colormaps import colormap
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale


def color_bar(scale: Scale, label: str, *, digits: int = 3) -> None:
    """Draw the scale as a bar with numbers, and say what they mean."""
    table = colormap(scale.colors)[:: 255 // 15]
    stops = ", ".join(f"rgb({red} {green} {blue})" for red, green, blue in table)
    middle = (scale.low + scale.high) / 2
    numbers = "".join(f"<span>{number(v, digits)}</span>" for v in (scale.low, middle, scale.high))
    st.html(
        f'<div role="img" aria-label="Colors from {number(scale.low, digits)} to '
        f'{number(scale.high, digits)}: {_escaped(label)}" style="max-width:26rem;font-size:0.8rem">'
        f'<div style="height:0.7rem;border-radius:3px;background:linear-gradient(90deg,{stops})"></div>'
        f'<div style="display:flex;justify-content:space-between">{numbers}</div>'
        f"<div>{_escaped(label)}</div></div>"
    )


def _escaped(text: Any) -> str:
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
