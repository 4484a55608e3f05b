"""The chosen clip: by a click on a point or in a list, and how Watch opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from fixviz.comparison import texts
from fixviz.comparison.choosing import shipped_video
from fixviz.comparison.question import Comparison
from fixviz.comparison.source import Clip, Source
from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError, StorageError
from fixviz.reading.numbers import number
from fixviz.reading.samples import samples
from fixviz.ui import session
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet

NOBODY: Final = "none"
_CLIP: Final = "compare_clip"
_MODEL: Final = "compare_clicked_model"
_HANDLED: Final = "compare_clicked"
_CHARTS: Final = ("compare-distribution", "compare-differences", "compare-scatter")
_MOST_LISTED: Final = 2_000
"""Clips in the list: a browser needs long for more. All points can be clicked."""


def choose(found: Comparison) -> Clip | None:
    """Draw the list of clips; return the one of a new click on a chart, else of the list, else None."""
    source = found.source
    names = {clip.key: clip.name for clip in source.clips}
    _take_clicks(names)
    first = [source.clips[one.clip].key for one in found.outliers]
    asked = [st.session_state.get(_CLIP), st.query_params.get("clip")]
    options = [*first, *(key for key in asked if key in names), *names]
    options = list(dict.fromkeys(options))[:_MOST_LISTED]
    key = select(
        "Clip",
        [NOBODY, *options],
        "clip",
        NOBODY,
        lambda key: "Choose a clip" if key == NOBODY else names[key],
        key=_CLIP,
        help="Click a point in a picture, or choose here. Those furthest from the others come first.",
        width=360,
    )
    return source.clip(key)


def _take_clicks(names: Mapping[str, str]) -> None:
    """Choose the clip of a chart on which somebody has clicked since the last look."""
    handled: dict[str, str | None] = st.session_state.setdefault(_HANDLED, {})
    for chart in _CHARTS:
        points = (st.session_state.get(chart) or {}).get("selection", {}).get("points", [])
        clicked = _clicked(points)
        if clicked is not None and handled.get(chart) != clicked:
            key, _, model = clicked.partition(" ")
            if key in names:
                st.session_state[_CLIP], st.session_state[_MODEL] = key, model or None
        handled[chart] = clicked


def _clicked(points: Sequence[Mapping[str, Any]]) -> str | None:
    return next((str(point["customdata"][0]) for point in points if point.get("customdata")), None)


def model_in_view(found: Comparison) -> str:
    """Return the model whose point was clicked last, else the first of the compared ones."""
    clicked = st.session_state.get(_MODEL)
    if clicked in found.question.models:
        return str(clicked)
    return found.question.pair[0] if found.question.pair else found.question.models[0]


def card(found: Comparison, clip: Clip) -> None:
    """Draw what is known of a clip, and the way into Watch."""
    with st.container(border=True, key="compare-card"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(clip.name)}**")
            st.space("stretch")
            open_in_watch(found, clip, "card")
        said = [f"{name}: {value}" for name, value in clip.carried.items()]
        if said:
            quiet("; ".join(said))
        st.markdown("\n".join(_lines(found, clip)))


def _lines(found: Comparison, clip: Clip) -> list[str]:
    """Return what each model does on a clip, as a list in Markdown."""
    place = found.source.clips.index(clip)
    lines = []
    for column, model in enumerate(found.question.models):
        value = number(float(found.values.values[place, column]))
        line = f"{found.source.models[model].title}: {found.quantity.title[:1].lower()}"
        line += f"{found.quantity.title[1:]} {value}"
        answer, right = found.answers.said[place, column], found.answers.right[place, column]
        if answer is not None:
            line += f"; says {answer} ({100 * found.answers.certainty[place, column]:.0f} %)"
            line += "" if right != right else ", right" if right else ", wrong"
        lines.append(f"- {plain(line)}")
    if found.main is not None:
        lines.append(f"- Difference: {texts.signed(float(found.main.values[place]))}")
    return lines


def open_in_watch(found: Comparison, clip: Clip, where: str) -> None:
    """Draw a link that opens a clip in Watch with the model in view; a button where it must be analyzed.

    where: tells several of them on the page apart.
    """
    view = _view(found)
    if clip.handle is not None and _is_there(clip.handle):
        st.page_link(
            page_file("inspect", "watch"),
            label="Open in Watch",
            icon=":material/smart_display:",
            query_params=session.link_parameters(clip.handle, view),
        )
        return
    video = shipped_video(found.source, clip)
    if video is None:
        quiet(texts.GONE)
        return
    if st.button(
        "Open in Watch",
        icon=":material/smart_display:",
        type="tertiary",
        key=f"compare-open-{where}-{clip.key}",
    ):
        _analyze(found.source, clip, str(video), view)


def _view(found: Comparison) -> dict[str, str]:
    """Return the parameters that all pages share, as this page shows them."""
    view = {"model": model_in_view(found)}
    if found.quantity.placed:
        view["axis"] = found.place.axis
        view |= {} if found.place.layer is None else {"layer": str(found.place.layer)}
        view |= {} if found.place.head is None else {"head": str(found.place.head)}
    return view


def _is_there(handle: str) -> bool:
    try:
        services().store.key_of(handle)
    except StorageError:
        return False
    return True


def _analyze(source: Source, clip: Clip, video: str, view: Mapping[str, str]) -> None:
    """Analyze a clip that comes with fixviz, and wait for it in Watch."""
    title = next((s.title for s in samples() if str(s.path) == video), clip.name)
    request = AnalysisRequest(video=video, name=title, models=tuple(source.models))
    try:
        job = services().engine.submit(request, current_owner())
    except FixvizError as error:
        fail(error)
        return
    run = job.status().run
    if run is not None:
        parameters = session.link_parameters(run, view)
        session.open_run(run, parameters)
    else:
        waiting = session.Waiting(job.id, title, video.rpartition("/")[2], dict(view))
        session.wait_for(waiting)
        parameters = waiting.parameters
    st.switch_page(page_file("inspect", "watch"), query_params=parameters)
