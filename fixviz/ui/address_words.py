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
navigation, which empties the address, keeps what was chosen: the words that all pages share
(fixviz.ui.shared_view) from every page, the others from the page's last visit. Links of earlier
versions, which named the widgets' keys and labels, still open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fixviz.ui import shared_view

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
    moved: bool = False
    """Whether the browser went back or forward to the page."""
    taken: set[str] = field(default_factory=set)
    """Keys that the address has been asked for."""
    given: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Word and value that a shared choice had before anybody changed it, by key."""
    drawn: dict[str, _Kept] = field(default_factory=dict)
    """What this run of the page has drawn, by key."""
    words: set[str] = field(default_factory=set)
    """Every parameter that a widget of this stay has answered to."""
    run: str | None = None
    last: list[Callable[[], object]] = field(default_factory=list)
    """What is done at the end of this run of the page."""


def begin(page: str) -> None:
    """Called before the page's own lines, with the name that tells it from the other pages."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    context = get_script_run_ctx()
    # Back and forward are the only ways in which the address of an open page changes by itself. It
    # is not read otherwise: after quick clicks, the browser's is behind what was chosen.
    moved = getattr(context, "is_history_navigation", False)
    if visit is not None:
        _note_choices(visit)
    if visit is None or visit.page != page or moved:
        visit = _Visit(page, linked=_RUN in st.query_params, moved=moved)
        if visit.linked:
            shared_view.put(st.query_params.to_dict())
    visit.drawn = {}
    visit.last = []
    st.session_state[_VISIT] = visit


def end() -> None:
    """Called after the page's lines: makes the address say what the widgets show."""
    visit: _Visit = st.session_state[_VISIT]
    _note_choices(visit)
    for action in visit.last:
        action()
    if not visit.drawn and visit.run is None:
        return
    named = st.query_params.to_dict()
    wanted = {} if visit.run is None else {_RUN: visit.run}
    # What another page has to say goes along, so that a reload does not lose it.
    wanted |= {word: value for word, value in named.items() if word not in visit.words}
    wanted |= {w: value for w, value in shared_view.words().items() if w not in visit.words}
    for key, kept in visit.drawn.items():
        value = st.session_state.get(key, kept.default)
        if value != kept.default:
            wanted[kept.word] = str(int(value) if isinstance(value, bool) else value)
    visit.run = None
    if wanted != named:
        st.query_params.from_dict(wanted)


def arrives(name: str) -> bool:
    """Whether `name` asks for the first time since somebody came to the page."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is None:
        return True
    first = name not in visit.taken
    visit.taken.add(name)
    return first


def came_back() -> bool:
    """Whether the browser's back or forward button led to the page."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    return visit is not None and visit.moved


def in_view() -> dict[str, str]:
    """The shared words as this page shows them, once its widgets are drawn.

    Defaults are named too, but for a patch that nobody has chosen.
    """
    visit: _Visit | None = st.session_state.get(_VISIT)
    drawn = {} if visit is None else visit.drawn
    return {
        kept.word: str(st.session_state.get(key, kept.default))
        for key, kept in drawn.items()
        if kept.word in shared_view.WORDS
        and (kept.word not in shared_view.PATCH or kept.word in shared_view.words())
    }


def at_end(action: Callable[[], object]) -> None:
    """Have something done once the page has drawn its widgets."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is not None:
        visit.last.append(action)


def reset(*words: str) -> None:
    """Go back to the defaults of these shared words, on this page and the others."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    for key, (word, _) in dict(visit.given).items() if visit is not None else ():
        if word in words:
            st.session_state.pop(key, None)
    shared_view.forget(*words)


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


def _note_choices(visit: _Visit) -> None:
    """Let the other pages know which of the shared choices somebody has changed."""
    for key, (word, before) in visit.given.items():
        value = st.session_state.get(key, before)
        if value != before:
            shared_view.choose(word, str(value))
            visit.given[key] = word, value


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
    shared = word in shared_view.WORDS
    if arriving and (visit.linked or shared):
        named: Mapping[str, str] = st.query_params if visit.linked else shared_view.words()
        text = named.get(word, named.get(key))
        value = None if text is None else read(text)
        if shared and value is not None and fits(value):
            # A link of an earlier version named it otherwise.
            shared_view.choose(word, str(value))
    visit.taken.add(key)
    # Another run or model may have left a value behind that this one does not have.
    wanted = value if value is not None and fits(value) else default
    # Said again on arrival: the page before had another widget of this key.
    if arriving or value != wanted:
        st.session_state[key] = wanted
        if shared:
            visit.given[key] = word, wanted
    return {"key": key, "persist_state": "session"}
