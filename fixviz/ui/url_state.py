"""Widgets whose values are query parameters of the URL, with names that do not change with a label.

    /fixation?run=...&model=fixation&axis=temporal&layer=1&head=3&frame=7

Streamlit's own binding writes the label of an option, so that a new label would break every shared
link. Here a page gives each choice the name of a query parameter, whose value is the value itself:
`one_of`, `whole` and `switch` read the value from the URL and return the arguments that make a widget
show it:

    st.selectbox("Layer", layers, **one_of("on_layer", "layer", layers, layers[-1]))

The shell calls `begin` before a page and `end` after it, which writes all choices at once and leaves
out the page's defaults. axis, layer, head and frame are parameters of the player too
(fixviz.ui.player_parameters.VIEW_PARAMETERS).

A link opens exactly one view: a parameter that it does not name has its default. The navigation empties
the URL, but choices stay: those that all pages share (fixviz.ui.shared_view) from every page, the others
from the last visit to the page. Links of earlier versions, which named the widgets' keys and labels,
still open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fixviz.ui import shared_view

_VISIT: Final = "url_visit"
_RUN: Final = "run"
_WITHOUT_RUN: Final = ("benchmark", "compare", "cost")
"""Pages that show no run, so that any parameter of a link to them names a view."""
_BETWEEN: Final = "."
"""Between the values of a parameter that has several."""


@dataclass
class _Kept:
    """One choice: its query parameter, and the value that the URL leaves out."""

    parameter: str
    default: Any
    always: bool = False
    """Whether the URL has it also where it is the default, which may be another one tomorrow."""


@dataclass
class _Visit:
    """A stay on one page."""

    page: str
    linked: bool
    """Whether the URL named a view; else the session's choices go on."""
    moved: bool = False
    """Whether the browser went back or forward to the page."""
    taken: set[str] = field(default_factory=set)
    """Keys of the widgets that have read the URL."""
    given: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Parameter and value that a shared choice had before anybody changed it, by key."""
    drawn: dict[str, _Kept] = field(default_factory=dict)
    """What this run of the page has drawn, by key."""
    parameters: set[str] = field(default_factory=set)
    """Every parameter that a widget of this stay has answered to."""
    run: str | None = None
    last: list[Callable[[], object]] = field(default_factory=list)
    """What is done at the end of this run of the page."""


def begin(page: str) -> None:
    """Start a run of a page. page: the name that tells it from the other pages."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    context = get_script_run_ctx()
    # Only back and forward change the URL of an open page by themselves. It is not read otherwise:
    # after quick clicks, the browser's URL is behind what was chosen.
    moved = getattr(context, "is_history_navigation", False)
    if visit is not None:
        _note_choices(visit)
    if visit is None or visit.page != page or moved:
        of_run = _RUN in st.query_params
        linked = of_run or (page in _WITHOUT_RUN and len(st.query_params) > 0)
        visit = _Visit(page, linked=linked, moved=moved)
        if of_run:
            shared_view.put(st.query_params.to_dict())
    visit.drawn = {}
    visit.last = []
    st.session_state[_VISIT] = visit


def end() -> None:
    """End a run of a page: write the values of its widgets into the URL."""
    visit: _Visit = st.session_state[_VISIT]
    _note_choices(visit)
    for action in visit.last:
        action()
    if not visit.drawn and visit.run is None:
        return
    named = st.query_params.to_dict()
    wanted = {} if visit.run is None else {_RUN: visit.run}
    # Parameters of other pages stay, so that a reload does not lose them.
    wanted |= {
        parameter: value for parameter, value in named.items() if parameter not in visit.parameters
    }
    wanted |= {
        name: value
        for name, value in shared_view.parameters().items()
        if name not in visit.parameters
    }
    for key, kept in visit.drawn.items():
        value = st.session_state.get(key, kept.default)
        if kept.always or value != kept.default:
            wanted[kept.parameter] = _written(value)
    visit.run = None
    if wanted != named:
        st.query_params.from_dict(wanted)


def arrives(name: str) -> bool:
    """Return whether `name` asks for the first time since somebody came to the page."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is None:
        return True
    first = name not in visit.taken
    visit.taken.add(name)
    return first


def came_back() -> bool:
    """Return whether the browser's back or forward button led to the page."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    return visit is not None and visit.moved


def in_view() -> dict[str, str]:
    """Return the shared parameters as this page shows them, once its widgets are drawn.

    Defaults are included, except for a patch that nobody has chosen.
    """
    visit: _Visit | None = st.session_state.get(_VISIT)
    drawn = {} if visit is None else visit.drawn
    return {
        kept.parameter: str(st.session_state.get(key, kept.default))
        for key, kept in drawn.items()
        if kept.parameter in shared_view.PARAMETERS
        and (kept.parameter not in shared_view.PATCH or kept.parameter in shared_view.parameters())
    }


def at_end(action: Callable[[], object]) -> None:
    """Run an action once the page has drawn its widgets."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is not None:
        visit.last.append(action)


def reset(*parameters: str) -> None:
    """Go back to the defaults of these shared parameters, on this page and the others."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    for key, (parameter, _) in dict(visit.given).items() if visit is not None else ():
        if parameter in parameters:
            st.session_state.pop(key, None)
    shared_view.forget(*parameters)


def name_run(handle: str) -> None:
    """Write the run, which only the session knew, into the URL."""
    visit: _Visit | None = st.session_state.get(_VISIT)
    if visit is not None:
        visit.run = handle


def one_of(
    key: str,
    parameter: str,
    options: Sequence[str],
    default: str,
    labels: Callable[[str], str] = str,
    *,
    always: bool = False,
) -> dict[str, Any]:
    """Return arguments of the selectbox or segmented control `key`, whose options are values in the URL.

    labels: how the options are displayed, only to open links of earlier versions. always: name the value in
    the URL also where it is the default, for a default that depends on the visitor or on the server.
    """

    def read(text: str) -> str | None:
        if text in options:
            return text
        return next((option for option in options if labels(option) == text), None)

    return _keep(key, parameter, default, lambda value: value in options, read, always=always)


def whole(key: str, parameter: str, numbers: range, default: int) -> dict[str, Any]:
    """Return arguments of the slider or number input `key` for whole numbers."""

    def read(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdecimal() else None

    return _keep(key, parameter, default, lambda value: value in numbers, read)


def switch(key: str, parameter: str) -> dict[str, Any]:
    """Return arguments of the toggle `key`, which is off by default; 1 in the URL is on."""
    return _keep(
        key,
        parameter,
        False,
        lambda v: isinstance(v, bool),
        lambda text: text.lower() in ("1", "true"),
    )


def several(
    key: str,
    parameter: str,
    options: Sequence[str],
    default: Sequence[str],
    *,
    always: bool = False,
) -> dict[str, Any]:
    """Return arguments of the multiselect `key`; in the URL its values stand in a row, as `a.b`.

    options: values in the URL, without a dot in them. always: as for `one_of`.
    """

    def read(text: str) -> list[str]:
        return [value for value in text.split(_BETWEEN) if value in options]

    def fits(value: Any) -> bool:
        return isinstance(value, list) and all(one in options for one in value)

    first = [one for one in default if one in options]
    return _keep(key, parameter, first, fits, read, always=always)


def _written(value: Any) -> str:
    """Return a widget's value as the URL has it."""
    if isinstance(value, list):
        return _BETWEEN.join(map(str, value))
    return str(int(value) if isinstance(value, bool) else value)


def _note_choices(visit: _Visit) -> None:
    """Give the shared choices that somebody has changed to the other pages."""
    for key, (parameter, before) in visit.given.items():
        value = st.session_state.get(key, before)
        if value != before:
            shared_view.choose(parameter, str(value))
            visit.given[key] = parameter, value


def _keep(
    key: str,
    parameter: str,
    default: Any,
    fits: Callable[[Any], bool],
    read: Callable[[str], Any],
    *,
    always: bool = False,
) -> dict[str, Any]:
    visit: _Visit = st.session_state[_VISIT]
    visit.drawn[key] = _Kept(parameter, default, always)
    # Parameters of earlier versions have the names of the widgets' keys.
    visit.parameters |= {parameter, key}
    value, arriving = st.session_state.get(key), key not in visit.taken
    shared = parameter in shared_view.PARAMETERS
    # The navigation empties the URL, so what it names was linked, on pages that have no run, too.
    linked = visit.linked or (not shared and parameter in st.query_params)
    if arriving and (linked or shared):
        named: Mapping[str, str] = st.query_params if linked else shared_view.parameters()
        text = named.get(parameter, named.get(key))
        value = None if text is None else read(text)
        if shared and value is not None and fits(value):
            # Links of earlier versions use another parameter for it.
            shared_view.choose(parameter, str(value))
    visit.taken.add(key)
    # Another run or model may have left a value behind that this one does not have.
    wanted = value if value is not None and fits(value) else default
    # Set on every arrival, since the page before had another widget with this key.
    if arriving or value != wanted:
        st.session_state[key] = wanted
        if shared:
            visit.given[key] = parameter, wanted
    return {"key": key, "persist_state": "session"}
