"""The clips of one class, playing, with what each model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from fixviz.data.classes import CLASSES
from fixviz.drawing.markup import Html, tag
from fixviz.errors import FixvizError
from fixviz.evaluation.held_out import ClipSet
from fixviz.reading.benchmark.classes import clips_of
from fixviz.reading.texts import benchmark as texts
from fixviz.ui.benchmark import open_clip
from fixviz.ui.benchmark.class_by_class import Asked
from fixviz.ui.benchmark.held_out import CLIPS
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.pictures import data_url
from fixviz.ui.text import fail, quiet
from fixviz.ui.url_state import whole

_ANY: Final = "any"
_AT_ONCE: Final = 12
_RATE: Final = 8
"""Frames per second, as the models see them."""


def show(asked: Asked) -> None:
    """Draw filters, and the clips that pass them, twelve at a time."""
    with st.grid("auto", min_column_width=200):
        right = _filter(
            asked, "Only right for", "right", "Show only clips that this model names right."
        )
        wrong = _filter(
            asked, "Only wrong for", "wrong", "Show only clips of which it says something else."
        )
    numbers = clips_of(asked.told, asked.label, right, wrong)
    of_class = clips_of(asked.told, asked.label)
    quiet(f"{len(numbers)} of {len(of_class)} clips of this class.")
    if not numbers:
        quiet(texts.NO_CLIP)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = _first(len(numbers))
        playing = st.toggle("Play", value=True, key="benchmark_play")
    shown = numbers[first : first + _AT_ONCE]
    with st.container(key="held-out-playing" if playing else "held-out-still"):
        _clips(asked, shown)
    quiet(texts.OPENED)


def _filter(asked: Asked, label: str, parameter: str, help: str) -> str | None:
    names = [_ANY, *asked.told]
    chosen = select(
        label,
        names,
        parameter,
        _ANY,
        lambda name: "No filter" if name == _ANY else asked.models[name].title,
        key=f"benchmark_{parameter}",
        help=help,
    )
    return None if chosen == _ANY else chosen


def _first(count: int) -> int:
    """Let the visitor choose which twelve clips are shown; return the place of the first of them."""
    pages = range(1, -(-count // _AT_ONCE) + 1)
    if len(pages) < 2:
        return 0
    page = st.number_input(
        f"Page, of {len(pages)}",
        pages[0],
        pages[-1],
        width=140,
        **whole("benchmark_page", "page", pages, 1),
    )
    return (int(page or 1) - 1) * _AT_ONCE


def _clips(asked: Asked, numbers: Sequence[int]) -> None:
    """Draw clips in a grid; those whose pictures take a while come one after the other."""
    with st.grid("auto", min_column_width=150, gap="small"):
        places = {}
        for number in numbers:
            with st.container(border=True, height="stretch", gap="xsmall"):
                places[number] = st.empty()
                st.html(_said(asked, number))
                open_clip.button(asked.clips, number, CLASSES[asked.label], list(asked.models))
    drawn: set[int] = set()
    try:
        for found in CLIPS.strips(asked.clips, numbers):
            for number in found.keys() - drawn:
                places[number].html(
                    _player(asked.clips, number, CLASSES[asked.label], found[number])
                )
            drawn |= found.keys()
    except FixvizError as error:
        fail(f"The clips could not be drawn: {error}")


def _player(clips: ClipSet, number: int, name: str, strip: bytes) -> Html:
    """Return a strip of frames that plays in a loop where motion is welcome."""
    frames = clips.frames
    style = (
        f"background-image:url({data_url(strip)});background-size:{100 * frames}% 100%;"
        # What is seen while it does not move: in the first frame of a class there may be nothing yet.
        f"background-position:{100 * (frames // 2) / (frames - 1):.2f}% 0;"
        f"aspect-ratio:{clips.width}/{clips.height};"
        f"animation-duration:{frames / _RATE:g}s;animation-timing-function:steps({frames},jump-none)"
    )
    return tag(
        "div", class_="held-out-clip", role="img", aria_label=f"Clip {number}: {name}", style=style
    )


def _said(asked: Asked, number: int) -> Html:
    """Return what each model says of a clip, with a mark for right or wrong."""
    lines = []
    for name, found in asked.told.items():
        said = found.answers[number]
        right = said == asked.label
        mark = tag(
            "span",
            "✓" if right else "✗",
            class_="right" if right else "wrong",
            role="img",
            aria_label="right" if right else "wrong",
        )
        answer = "" if right else f": {CLASSES[said]}"
        lines.append(tag("li", mark, " ", tag("span", f"{name}{answer}")))
    return tag("div", tag("p", f"Clip {number}"), tag("ul", *lines), class_="held-out-said")
