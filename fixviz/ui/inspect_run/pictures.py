"""Maps on a page, and the scale that they are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.numbers import number
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale


def map_row(
    run: StoredRun,
    model: str,
    frames: Sequence[int],
    maps: NDArray[np.floating],
    scale: Scale,
    what: str,
    *,
    width: int = 190,
) -> None:
    """Maps [len(frames), h, w] side by side, each with its frame and time; wraps on narrow windows."""
    with st.container(horizontal=True, gap="small"):
        for frame, values in zip(frames, maps, strict=True):
            with st.container(width=width, gap="xsmall"):
                st.image(
                    map_picture(run, model, frame, values, scale),
                    width="stretch",
                    alt=f"{what} over frame {frame} at {run.timestamp(frame):.2f} s",
                )
                st.markdown(f":gray[:small[frame {frame}, {run.timestamp(frame):.2f} s]]")


def color_bar(scale: Scale, label: str, *, digits: int = 3) -> None:
    """The scale as a bar with numbers, and what they mean."""
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
