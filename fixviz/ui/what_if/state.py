"""Which interventions are in view: kept in the session, named in the address.

Widgets show slices of the list. When the list changes behind their back (a link, a removal), the
revision in their keys rises, so that they start from the new list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from fixviz.analysis.what_if.interventions import Intervention, arrange
from fixviz.analysis.what_if.plain import from_link, to_link
from fixviz.errors import OptionError

WORD = "change"
"""The parameter of the address."""

_LIST = "what_if_list"
_SEEN = "what_if_seen"
_REVISION = "what_if_revision"
_REFUSED = "what_if_refused"


def current() -> tuple[Intervention, ...]:
    """The interventions in the address, else those that the session left the page with."""
    word = st.query_params.get(WORD)
    if word is None and st.session_state.get(_LIST):
        _write_address()
    elif word is not None and word != st.session_state.get(_SEEN):
        try:
            found = from_link(word)
        except OptionError as error:
            found = ()
            st.session_state[_REFUSED] = f"{error} Nothing is changed."
        else:
            st.session_state.pop(_REFUSED, None)
        st.session_state[_LIST] = found
        st.session_state[_SEEN] = word
        _renew_widgets()
    listed: tuple[Intervention, ...] = st.session_state.get(_LIST, ())
    return listed


def refused() -> str | None:
    """Why a link or the last change was not taken."""
    return st.session_state.get(_REFUSED)


def key(name: str) -> str:
    """The key of a widget that shows a slice of the list."""
    return f"what-if-{name}-{st.session_state.get(_REVISION, 0)}"


def put(
    slice_of: Callable[[Intervention], bool], new: Iterable[Intervention], *, renew: bool = False
) -> None:
    """Put `new` in the place of the interventions that `slice_of` picks.

    renew: the widgets take their values from the list again. A list that cannot be is refused and
    the widgets go back to what holds.
    """
    kept = [i for i in st.session_state.get(_LIST, ()) if not slice_of(i)]
    try:
        arranged = arrange([*kept, *new])
    except OptionError as error:
        st.session_state[_REFUSED] = str(error)
        _renew_widgets()
        return
    st.session_state.pop(_REFUSED, None)
    st.session_state[_LIST] = arranged
    _write_address()
    if renew:
        _renew_widgets()


def remove(intervention: Intervention) -> None:
    """Take one out of the list."""
    put(lambda other: other == intervention, (), renew=True)


def clear() -> None:
    """Change nothing any more."""
    put(lambda other: True, (), renew=True)


def _write_address() -> None:
    """Name the list in the address; a list too long for one is left out and said so."""
    try:
        word = to_link(st.session_state.get(_LIST, ()))
    except OptionError as error:
        st.session_state[_REFUSED] = f"{error} The page goes on without a link to it."
        word = ""
    if word:
        st.query_params[WORD] = word
    elif WORD in st.query_params:
        del st.query_params[WORD]
    st.session_state[_SEEN] = word or None


def _renew_widgets() -> None:
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1
