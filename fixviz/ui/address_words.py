"""Widgets whose values stand in the address, in short words that do not change with a label.

    /fixation?run=...&model=fixation&axis=temporal&layer=1&head=3&frame=7

Streamlit's own binding writes the label of an option, so that rewording one would break every shared
link. Here a page names each choice by a word and its value by the value itself: `one_of`, `whole` and
`switch` take the value that the address asks for, and give the arguments that make a widget show it:

    st.selectbox("Layer", layers, **one_of("on_layer", "layer", layers, layers[-1]))

The shell calls `begin` before a page and `end` after it, which writes all choices at once; those that
are the page's defaults are left out. axis, layer, head and frame are the player's own words
(fixviz.ui.watch.component.VIEW_WORDS).

A link opens exactly one view: what it does not name is the default. Going to another page in the
navigation, which empties the address, keeps what was chosen. Links of earlier versions, which named
the widgets' keys and labels, still open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_VISIT: Final = "address_visit"
_RUN: Final = "run"


@dataclass
class _Kept:
    """One choice: the word in the address, and what is left out there."""

    word: str
    default: Any


@dataclass
class _Visit:
    """A stay on one page."""

    page: str
    linked: bool
    """Whether the address said what to show; else the session's choices go on."""
    taken: set[str] = field(default_factory=set)
    """Keys that the address has been asked for."""
    drawn: dict[str, _Kept] = field(default_factory=dict)
    """What this run of the page has drawn, by key."""
    words: set[str] = field(default_factory=set)
    """Every parameter that a widget of this stay has answered to."""
    run: str | None = None


def begin(page: str) -> None:
    """Called before the page's own lines, with the name that tells it from the other pages."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    context = get_script_run_ctx()
    # Back and forward are the only ways in which the address of an open page changes by itself. It
    # is not read otherwise: after quick clicks, the browser's is behind what was chosen.
    moved = getattr(context, "is_history_navigation", False)
    if visit is None or visit.page != page or moved:
        visit = _Visit(page, linked=_RUN in st.query_params)
    visit.drawn = {}
    st.session_state[_VISIT] = visit


def end() -> None:
    """Called after the page's lines: makes the address say what the widgets show."""
    visit: _Visit = st.session_state[_VISIT]
    if not visit.drawn and visit.run is None:
        return
    named = st.query_params.to_dict()
    wanted = {} if visit.run is None else {_RUN: visit.run}
    wanted |= {word: value for word, value in named.items() if word not in visit.words}
    for key, kept in visit.drawn.items():
        value = st.session_state.get(key, kept.default)
        if value != kept.default:
            wanted[kept.word] = str(int(value) if isinstance(value, bool) else value)
    visit.run = None
    if wanted != named:
        st.query_params.from_dict(wanted)


def name_run(handle: str) -> None:
    """Let the address name the run as well, which only the session knew."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is not None:
        visit.run = handle


def one_of(
    key: str,
    word: str,
    options: Sequence[str],
    default: str,
    labels: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Arguments of the selectbox or segmented control `key`, whose options are the address's words.

    labels: how the options are displayed, only to open links of earlier versions.
    """

    def read(text: str) -> str | None:
        if text in options:
            return text
        return next((option for option in options if labels(option) == text), None)

    return _keep(key, word, default, lambda value: value in options, read)


def whole(key: str, word: str, numbers: range, default: int) -> dict[str, Any]:
    """Arguments of the slider or number input `key` for whole numbers."""

    def read(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdecimal() else None

    return _keep(key, word, default, lambda value: value in numbers, read)


def switch(key: str, word: str) -> dict[str, Any]:
    """Arguments of the toggle `key`, off by itself; the address says 1 when it is on."""
    return _keep(
        key, word, False, lambda v: isinstance(v, bool), lambda text: text.lower() in ("1", "true")
    )


def _keep(
    key: str,
    word: str,
    default: Any,
    fits: Callable[[Any], bool],
    read: Callable[[str], Any],
) -> dict[str, Any]:
    visit: _Visit = st.session_state[_VISIT]
    visit.drawn[key] = _Kept(word, default)
    # Parameters of earlier versions have the names of the widgets' keys.
    visit.words |= {word, key}
    value, arriving = st.session_state.get(key), key not in visit.taken
    if visit.linked and arriving:
        text = st.query_params.get(word, st.query_params.get(key))
        value = None if text is None else read(text)
    visit.taken.add(key)
    # Another run or model may have left a value behind that this one does not have.
    wanted = value if value is not None and fits(value) else default
    # Said again on arrival: the page before had another widget of this key.
    if arriving or value != wanted:
        st.session_state[key] = wanted
    return {"key": key, "persist_state": "session"}
