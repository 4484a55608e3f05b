"""Maps over their frames as pictures, each patch where it belongs, with the scale they are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap
from fixviz.media.overlay import overlay
from fixviz.ui.inspect_run.open_run import OpenRun


@dataclass(frozen=True)
class Scale:
    """Values at the two ends of the colors. A signed scale has 0 in the middle."""

    low: float
    high: float
    colors: str = "viridis"

    @classmethod
    def of(cls, maps: NDArray[np.floating], colors: str = "viridis") -> Scale:
        """From the smallest to the largest defined value; 0 to 1 where nothing is defined."""
        defined = maps[np.isfinite(maps)]
        if not defined.size:
            return cls(0.0, 1.0, colors)
        return cls(float(defined.min()), float(defined.max()), colors)

    @classmethod
    def signed(cls, maps: NDArray[np.floating]) -> Scale:
        """Symmetric about 0, blue below and orange above."""
        defined = np.abs(maps[np.isfinite(maps)])
        most = float(defined.max()) if defined.size else 1.0
        return cls(-most, most, "diverging")

    def shares(self, maps: NDArray[np.floating]) -> NDArray[np.float32]:
        """Values as places on the scale, 0..1."""
        span = self.high - self.low
        if span <= 0:
            return np.where(np.isfinite(maps), 0.5, np.nan).astype(np.float32)
        return ((maps.astype(np.float32) - self.low) / span).astype(np.float32)


def map_picture(
    run: OpenRun,
    model: str,
    frame: int,
    values: NDArray[np.floating],
    scale: Scale,
    opacity: float = 0.6,
) -> NDArray[np.uint8]:
    """The map [h, w] of a model over a frame, RGB uint8 [H, W, 3]; undefined patches show the frame."""
    grid = run.model(model)["grid"]
    height, width = (grid["stride"] * float(x) for x in grid["display_per_model"])
    picture = run.frame_image(frame)[None]
    shares = scale.shares(values)[None]
    drawn: NDArray[np.uint8] = overlay(picture, shares, height, width, opacity, scale.colors)[0]
    return drawn


def map_row(
    run: OpenRun,
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


def evenly(run: OpenRun, most: int = 6) -> list[int]:
    """Up to `most` frames spread over the clip, the first and the last among them."""
    return sorted({round(i) for i in np.linspace(0, run.frames - 1, min(most, run.frames))})


def number(value: float, digits: int = 3) -> str:
    """A number as it stands at a scale."""
    return f"{value:.{digits}g}"


def _escaped(text: Any) -> str:
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
