"""The interventions in view: kept in the session, and named by a query parameter of the URL.

Each widget shows some of the interventions. When a link or another widget changes the list, the
number in the widgets' keys rises, so that they are drawn anew with what the list holds now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import streamlit as st

from fixviz.analysis.what_if.interventions import Intervention, arrange
from fixviz.analysis.what_if.plain import from_link, to_link
from fixviz.errors import OptionError

PARAMETER: Final = "change"
"""The query parameter."""

_LIST: Final = "what_if_list"
_SEEN: Final = "what_if_seen"
_REVISION: Final = "what_if_revision"
_REFUSED: Final = "what_if_refused"


def current() -> tuple[Intervention, ...]:
    """Return the interventions that the URL names, else those that the session had on this page."""
    value = st.query_params.get(PARAMETER)
    if value is None and st.session_state.get(_LIST):
        _write_url()
    elif value is not None and value != st.session_state.get(_SEEN):
        try:
            found = from_link(value)
        except OptionError as error:
            found = ()
            st.session_state[_REFUSED] = f"{error} Nothing is changed."
        else:
            st.session_state.pop(_REFUSED, None)
        st.session_state[_LIST] = found
        st.session_state[_SEEN] = value
        _renew_widgets()
    listed: tuple[Intervention, ...] = st.session_state.get(_LIST, ())
    return listed


def refused() -> str | None:
    """Return why the link or the last change was not taken; None where it was."""
    return st.session_state.get(_REFUSED)


def key(name: str) -> str:
    """Return the key of a widget that shows some of the interventions."""
    return f"what-if-{name}-{st.session_state.get(_REVISION, 0)}"


def put(
    replaced: Callable[[Intervention], bool], new: Iterable[Intervention], *, renew: bool = False
) -> None:
    """Put `new` in the place of the interventions that `replaced` picks.

    renew: whether all widgets are drawn anew. So they are too where the new list is refused, such as
    one with two crops: they then show what still holds, and `refused` says why.
    """
    kept = [i for i in st.session_state.get(_LIST, ()) if not replaced(i)]
    try:
        arranged = arrange([*kept, *new])
    except OptionError as error:
        st.session_state[_REFUSED] = str(error)
        _renew_widgets()
        return
    st.session_state.pop(_REFUSED, None)
    st.session_state[_LIST] = arranged
    _write_url()
    if renew:
        _renew_widgets()


def remove(intervention: Intervention) -> None:
    """Take one intervention out of the list."""
    put(lambda other: other == intervention, (), renew=True)


def clear() -> None:
    """Take all interventions out of the list."""
    put(lambda other: True, (), renew=True)


def _write_url() -> None:
    """Name the list in the URL; one that is too long for a URL is left out, and `refused` says so."""
    try:
        value = to_link(st.session_state.get(_LIST, ()))
    except OptionError as error:
        st.session_state[_REFUSED] = f"{error} The page goes on without a link to it."
        value = ""
    if value:
        st.query_params[PARAMETER] = value
    elif PARAMETER in st.query_params:
        del st.query_params[PARAMETER]
    st.session_state[_SEEN] = value or None


def _renew_widgets() -> None:
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1
