"""What the Watch page remembers in a session, and what it puts into the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from fixviz.ui.watch.component import clean_words

_JOB = "watch_job"
_ERROR = "watch_error"
_OPEN = "watch_open"
_VIEW = "watch_view"


@dataclass(frozen=True)
class Opened:
    """The run that is open, and the view in which it was opened."""

    handle: str
    view: Mapping[str, str]


def opened() -> Opened | None:
    """The run in the address, else the one that this session had open when it left the page.

    The view is the one of the first look at the run: the viewer keeps its own from then on.
    """
    handle = st.query_params.get("run")
    known: Opened | None = st.session_state.get(_OPEN)
    if handle is None:
        if known is not None:
            write_address(known.handle, st.session_state.get(_VIEW, known.view))
        return known
    words = clean_words(st.query_params.to_dict())
    # Words that the viewer did not put there come from a link on another page.
    followed = bool(words) and words != dict(st.session_state.get(_VIEW, {}))
    if known is None or known.handle != handle or followed:
        known = Opened(handle, words)
        st.session_state[_OPEN] = known
        st.session_state[_VIEW] = known.view
    return known


def open_run(handle: str) -> None:
    """Show a run from the next rerun on."""
    forget_job()
    st.session_state[_OPEN] = Opened(handle, {})
    st.session_state[_VIEW] = {}
    write_address(handle, {})


def close_run() -> None:
    """Go back to choosing a clip."""
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_VIEW, None)
    st.query_params.clear()


def forget_run(handle: str) -> None:
    """Do not come back to a run that is being deleted."""
    known: Opened | None = st.session_state.get(_OPEN)
    if known is not None and known.handle == handle:
        st.session_state.pop(_OPEN, None)
        st.session_state.pop(_VIEW, None)


def remembered() -> str | None:
    """The handle of the run that this session looked at last, on any page."""
    known: Opened | None = st.session_state.get(_OPEN)
    return None if known is None else known.handle


def remember(handle: str) -> None:
    """Look at this run from now on, on all pages; the address is the caller's."""
    st.session_state[_OPEN] = Opened(handle, {})
    st.session_state[_VIEW] = {}


def settle_view(handle: str, view: Mapping[str, str]) -> None:
    """Let the address name the view; the same words in the same order as the viewer's own link."""
    st.session_state[_VIEW] = dict(view)
    write_address(handle, view)


def write_address(handle: str, view: Mapping[str, str]) -> None:
    """Make the address one that opens this run in this view."""
    wanted = {"run": handle, **view}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


@dataclass(frozen=True)
class Waiting:
    """The analysis that this session waits for."""

    job: str
    """Its id in the engine."""
    title: str
    """The clip's name as its owner knows it."""
    stored: str
    """Name of the stored file, which an error may speak of."""


def waiting() -> Waiting | None:
    """What this session waits for."""
    return st.session_state.get(_JOB)


def wait_for(job: Waiting) -> None:
    """Wait for an analysis from the next rerun on."""
    st.session_state[_JOB] = job
    st.session_state.pop(_ERROR, None)


def forget_job(error: str | None = None) -> None:
    """Wait no longer; `error` is shown above the choice of clips."""
    st.session_state.pop(_JOB, None)
    if error is None:
        st.session_state.pop(_ERROR, None)
    else:
        st.session_state[_ERROR] = error


def error() -> str | None:
    """Why the last analysis did not come about."""
    return st.session_state.get(_ERROR)
