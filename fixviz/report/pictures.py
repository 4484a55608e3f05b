"""Maps over frames as small JPEG pictures inside the file, each with its words."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.drawing.markup import Html, tag
from fixviz.media.encode import encode_image
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale

Picture = NDArray[np.uint8]

_WIDTH = 300
_QUALITY = 82
_FEW = 3
_TOP_PERCENTILE = 99


def shared_scale(maps: Sequence[NDArray[np.floating]]) -> tuple[Scale, str]:
    """A scale for all of the maps, from 0 to their 99th percentile, and how a caption names it.

    One peaked patch would leave everything else dark on a scale that ends at the largest value.
    """
    values = np.concatenate([m[np.isfinite(m)].ravel() for m in maps])
    if not values.size:
        return Scale(0.0, 1.0), "no value is defined"
    top = float(np.percentile(values, _TOP_PERCENTILE)) or 1.0
    most = float(values.max())
    words = f"one scale for all pictures, 0 to the 99th percentile of them ({top:.3g})"
    return Scale(0.0, top), f"{words}; the largest value, {most:.3g}, takes the last color"


def strip(
    run: StoredRun,
    model: str,
    frames: Sequence[int],
    maps: NDArray[np.floating],
    scale: Scale,
    what: str,
) -> Html:
    """Maps [len(frames), h, w] of a model over their frames, side by side, with frame and time."""
    title = run.model(model)["title"]
    return pictures(
        [
            (
                map_picture(run, model, frame, values, scale),
                f"{what} of {title} over frame {frame} at {run.timestamp(frame):.2f} s. "
                + in_words(values),
                f"frame {frame}, {run.timestamp(frame):.2f} s",
            )
            for frame, values in zip(frames, maps, strict=True)
        ]
    )


def in_words(values: NDArray[np.floating]) -> str:
    """Where a map has its extremes, for those who do not see it."""
    if not np.isfinite(values).any():
        return "No value is defined."
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return (
        f"From {np.nanmin(values):.3g} to {np.nanmax(values):.3g}; highest at row {row}, column "
        f"{column} of {values.shape[0]} × {values.shape[1]} patches."
    )


def pictures(shown: Sequence[tuple[Picture, str, str]]) -> Html:
    """Pictures side by side: each with its text alternative and the label below it."""
    return tag(
        "div",
        *(
            tag("div", image(picture, alt), tag("span", label), class_="picture")
            for picture, alt, label in shown
        ),
        class_="pictures" if len(shown) > _FEW else "few pictures",
    )


def image(picture: Picture, alt: str) -> Html:
    """A picture as a JPEG in a data address, made smaller where it is large."""
    height, width = picture.shape[:2]
    if width > _WIDTH:
        height, width = max(1, round(height * _WIDTH / width)), _WIDTH
        picture = np.asarray(
            cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    data = base64.b64encode(encode_image(picture, "jpeg", _QUALITY)).decode()
    source = f"data:image/jpeg;base64,{data}"
    return tag("img", src=source, alt=alt, width=width, height=height)


def moments(run: StoredRun, models: Sequence[str], frames: Sequence[int]) -> str:
    """Frames with their times, and the windows that they are taken from."""
    times = ", ".join(f"{frame} ({run.timestamp(frame):.2f} s)" for frame in frames)
    windows = {
        model: ", ".join(
            dict.fromkeys(
                run.window(model, frame).removeprefix("window of frames ") for frame in frames
            )
        )
        for model in models
    }
    distinct = set(windows.values())
    named = (
        distinct.pop()
        if len(distinct) == 1
        else "; ".join(f"{run.model(name)['title']}: {found}" for name, found in windows.items())
    )
    return f"frames {times} (windows of frames {named})"
