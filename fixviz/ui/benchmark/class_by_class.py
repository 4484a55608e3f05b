"""Right answers class by class; a click on a row, or a list, chooses a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from fixviz.data.classes import CLASS_TEXT, CLASSES
from fixviz.engine import DEFAULT_MODELS
from fixviz.evaluation.held_out import ClipSet
from fixviz.reading.benchmark.classes import Answers, clip_set, comparable
from fixviz.reading.benchmark.measured import Measured
from fixviz.reading.figures import benchmark as figures
from fixviz.reading.texts import benchmark as texts
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import plain, quiet
from fixviz.ui.url_state import several

NO_CLASS: Final = "none"
_CLASS: Final = "benchmark_class"
_CHART: Final = "benchmark-classes"
_HANDLED: Final = "benchmark_cell"


@dataclass(frozen=True)
class Asked:
    """A class, and what models said of its clips."""

    label: int
    clips: ClipSet
    told: Mapping[str, Answers]
    """By id of the model."""
    models: Mapping[str, Measured]


def show(known: Sequence[Measured], preset: str, chosen: str) -> Asked | None:
    """Draw the table of the chosen models, and return the class that is chosen; None without one."""
    there = {m.id: m for m in known if preset in m.entries}
    able = {name: m for name, m in there.items() if clip_set(m.entries[preset]) is not None}
    if not able:
        st.info(texts.NO_ANSWERS, icon=":material/info:")
        return None
    first = [name for name in DEFAULT_MODELS if name in able] or list(able)[:3]
    first += [chosen] if chosen in able and chosen not in first else []
    names = st.multiselect(
        "Models",
        list(able),
        format_func=lambda name: able[name].title,
        help="They saw the same clips.",
        **several("benchmark_models", "models", list(able), first),
    )
    told = comparable({name: able[name].entries[preset] for name in names})
    if not told:
        quiet("Choose at least one model.")
        return None
    left_out = [able[name].title for name in names if name not in told]
    if left_out:
        quiet(f"Measured on other clips, so not shown: {', '.join(left_out)}.")
    named = _chosen_class()
    titles = {name: able[name].title for name in told}
    figure = figures.class_by_class(told, titles, preset, named)
    draw(figure, selectable=True)
    clips = clip_set(able[next(iter(told))].entries[preset])
    if named is None or clips is None:
        return None
    label = CLASSES.index(named)
    st.subheader(f"{named.capitalize()}", anchor=False)
    quiet(CLASS_TEXT[named])
    st.markdown("\n".join(f"- {_line(titles[name], found, label)}" for name, found in told.items()))
    return Asked(label, clips, told, {name: able[name] for name in told})


def _chosen_class() -> str | None:
    """Return the class of a new click on the table, else the one of the list; None without one."""
    points = (st.session_state.get(_CHART) or {}).get("selection", {}).get("points", [])
    clicked = _row(points)
    if clicked is not None and st.session_state.get(_HANDLED) != clicked:
        st.session_state[_CLASS] = CLASSES[clicked]
    st.session_state[_HANDLED] = clicked
    name = select(
        "Class",
        [NO_CLASS, *CLASSES],
        "class",
        NO_CLASS,
        lambda name: "Choose a class to see its clips" if name == NO_CLASS else name.capitalize(),
        key=_CLASS,
        help="Click a row of the table, or choose here.",
        width=360,
    )
    return None if name == NO_CLASS else name


def _row(points: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the class of the cell that a chart's event says was clicked."""
    for point in points:
        row = int(point.get("y", -1))
        if 0 <= row < len(CLASSES):
            return row
    return None


def _line(title: str, found: Answers, label: int) -> str:
    """Say how often a model is right, and what it says instead."""
    instead = ", ".join(f"{name} {count}" for name, count in found.instead(label))
    said = f" Said instead: {plain(instead)}." if instead else ""
    return f"**{plain(title)}**: {plain(found.of_class(label).told)}.{said}"
