"""The same measure, or the same map, of many clips in step: all at the moment of one slider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import streamlit as st

from fixviz.comparison import figures, texts
from fixviz.comparison.question import Comparison
from fixviz.comparison.source import Clip
from fixviz.comparison.values import Curve
from fixviz.drawing.markup import tag
from fixviz.ui.compare import kept, maps
from fixviz.ui.compare.clip import model_in_view
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.inspect_run.figures import palette
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import quiet
from fixviz.ui.url_state import one_of, whole

_AT_ONCE: Final = 12
_MOST_STEPS: Final = 200
_SHOWN: Final = {"curves": "Curves", "maps": "Maps"}
_ORDERS: Final = {"look": "Furthest from the others first", "list": "As in the list"}


def show(found: Comparison, chosen: Clip | None) -> None:
    """Draw the choices, and twelve clips at a time."""
    st.header("Clip by clip over time", anchor=False)
    if not found.quantity.placed:
        quiet(texts.NO_CURVES)
        return
    quiet(texts.CURVES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(
            "Show",
            list(_SHOWN),
            required=True,
            format_func=_SHOWN.__getitem__,
            help="Maps: how much attention each patch gets, in clips whose run is in the store.",
            **one_of("compare_shown", "show", list(_SHOWN), "curves"),
        )
        order = select(
            "Order",
            list(_ORDERS),
            "order",
            "look",
            _ORDERS.__getitem__,
            key="compare_order",
            width=280,
        )
        clips = _page(_ordered(found, order, chosen))
    curves = kept.over_time(found, clips)
    if not curves:
        quiet("These clips have no values over time.")
        return
    now = _moment(curves.values())
    if shown == "maps":
        maps.show(found, clips, model_in_view(found), now)
        return
    figure = figures.small_multiples(found, clips, curves, now)
    if figure is not None:
        st.html(_legend(found))
        draw(figure, across=220)


def _ordered(found: Comparison, order: str, chosen: Clip | None) -> list[Clip]:
    """Return the clips in an order, the chosen clip before the others."""
    clips = list(found.source.clips)
    if order == "look":
        clips = [clips[i] for i in np.argsort(-found.distances, kind="stable").tolist()]
    if chosen is not None:
        clips = [chosen, *(one for one in clips if one != chosen)]
    return clips


def _page(clips: Sequence[Clip]) -> list[Clip]:
    """Let the visitor choose which twelve clips are shown."""
    pages = range(1, -(-len(clips) // _AT_ONCE) + 1)
    if len(pages) < 2:
        return list(clips)
    page = st.number_input(
        f"Page, of {len(pages)}",
        pages[0],
        pages[-1],
        width=140,
        **whole("compare_page", "page", pages, 1),
    )
    first = (int(page or 1) - 1) * _AT_ONCE
    return list(clips[first : first + _AT_ONCE])


def _moment(curves: Iterable[Curve]) -> float:
    """Let the visitor choose a moment, from the frames of the longest clip; return it in seconds."""
    times = max((curve.times for curve in curves), key=lambda times: float(times[-1]))
    times = times[:: -(-len(times) // _MOST_STEPS)]
    named = [f"{time:.2f}" for time in times.tolist()]
    options = list(dict.fromkeys(named))
    middle = options[len(options) // 2]
    if len(options) < 2:
        return float(options[0])
    chosen = st.select_slider(
        "Moment (s)",
        options,
        help="The upright line in every clip, and the frame of the maps.",
        **one_of("compare_moment", "moment", options, middle),
    )
    return float(chosen)


def _legend(found: Comparison) -> str:
    """Return the names of the models beside their colors, which all pictures share."""
    colors = palette()
    names = []
    for model in found.question.models:
        entry = found.source.models[model]
        color = colors[entry.color % len(colors)]
        block = tag(
            "span", style=f"display:inline-block;width:1.1em;height:0.3em;background:{color}"
        )
        names.append(tag("span", block, f" {entry.title}", style="margin-right:1.2em"))
    return str(tag("p", *names, style="margin:0;font-size:0.875rem"))
