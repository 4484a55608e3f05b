"""What the Watch page remembers in a session, and what it puts into the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.ui import address_words, shared_view
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.watch.component import clean_words

_JOB = "watch_job"
_ERROR = "watch_error"
_OPEN = "watch_open"
_VIEW = "watch_view"
_LAST_VIEWS = "watch_last_views"

_RUN, _MODEL = "run", "model"
_JOB_WORD = "job"
_SAME = ("frame", "layer", "head", "axis")
"""Words of the player that the other pages share as they are."""


@dataclass(frozen=True)
class Opened:
    """The run that is open, and the view in which it was opened."""

    handle: str
    view: Mapping[str, str]


def opened() -> Opened | None:
    """The run in the address, else the one that this session had open when it left the page.

    The view is the one of the first look at the run: the viewer keeps its own from then on.
    """
    known: Opened | None = st.session_state.get(_OPEN)
    # The address is read on arrival only: the browser writes the viewer's words into it before the
    # session hears of them.
    if not address_words.arrives(_OPEN):
        return known
    handle = st.query_params.get(_RUN)
    if handle is not None:
        words = st.query_params.to_dict()
        known = Opened(handle, clean_words(words))
        _share({**known.view, **{w: v for w, v in words.items() if w == _MODEL}})
    elif known is None or address_words.came_back():
        # Back to the choice of clips, which the browser left before the run was opened.
        close_run(keep_address=True)
        return None
    else:
        known = Opened(known.handle, view_of(known.handle, shared_view.words()))
    st.session_state[_OPEN] = known
    st.session_state[_VIEW] = known.view
    write_address(known.handle, known.view)
    return known


def view_of(handle: str, shared: Mapping[str, str]) -> dict[str, str]:
    """The view of the player that belongs to these shared words: they, and what it had besides."""
    known: Opened | None = st.session_state.get(_OPEN)
    view: dict[str, str] = {}
    if known is not None and known.handle == handle:
        view = dict(st.session_state.get(_VIEW, known.view))
    for word in _SAME:
        view.pop(word, None)
        # The player says so by naming no head.
        if word in shared and (word, shared[word]) != ("head", shared_view.MEAN):
            view[word] = shared[word]
    if "row" in shared and "column" in shared:
        patch = f"{shared['row']}-{shared['column']}"
        patches = view.get("query", "").split(".")
        if patch in patches:
            view["active"] = str(patches.index(patch))
        else:
            view["query"], view["active"] = patch, "0"
    return clean_words(view)


def link_words(handle: str, shared: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address that opens the player on this run.

    shared: words that all pages share, where they are not to be those chosen last.
    """
    shared = {**shared_view.words(), **shared}
    words = {_RUN: handle, **view_of(handle, shared)}
    return {**words, _MODEL: shared[_MODEL]} if _MODEL in shared else words


def reopened(handle: str) -> dict[str, str]:
    """The parameters of an address that opens the player as this session last saw the run there."""
    if handle == remembered():
        return link_words(handle, {})
    return {_RUN: handle, **st.session_state.get(_LAST_VIEWS, {}).get(handle, {})}


def _share(view: Mapping[str, str]) -> None:
    """Let the other pages know the player's view."""
    shared = {word: view[word] for word in (*_SAME, _MODEL) if word in view}
    patches = [pair.split("-") for pair in view.get("query", "").split(".") if "-" in pair]
    active = int(view["active"]) if view.get("active", "").isdecimal() else 0
    if active < len(patches):
        shared["row"], shared["column"] = patches[active][0], patches[active][-1]
    shared_view.put(shared)


def open_run(handle: str) -> None:
    """Show a run from the next rerun on."""
    # The run takes the place of the job in the address, in one step.
    st.session_state.pop(_JOB, None)
    st.session_state.pop(_ERROR, None)
    shared_view.put({})
    remember(handle)
    address_words.arrives(_OPEN)
    write_address(handle, {})


def close_run(*, keep_address: bool = False) -> None:
    """Go back to choosing a clip."""
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_VIEW, None)
    if not keep_address:
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
    note_view(handle, view)
    write_address(handle, view)


def note_view(handle: str, view: Mapping[str, str]) -> None:
    """Keep the player's view for this page and the others; the address is the browser's."""
    if handle != remembered():
        return
    st.session_state[_VIEW] = dict(view)
    st.session_state.setdefault(_LAST_VIEWS, {})[handle] = dict(view)
    model = {w: v for w, v in shared_view.words().items() if w == _MODEL}
    _share({**view, **model})


def view_on_screen() -> dict[str, str]:
    """The player's view, without what is at its default."""
    return dict(st.session_state.get(_VIEW, {}))


def write_address(handle: str, view: Mapping[str, str]) -> None:
    """Make the address one that opens this run in this view."""
    wanted = {_RUN: handle, **view}
    # The player shows all models; the pages that show one find it again.
    wanted |= {w: v for w, v in shared_view.words().items() if w == _MODEL}
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


@dataclass(frozen=True)
class Lost:
    """A job in the address of which this server knows nothing."""

    title: str
    """Empty where it is not known whose it was."""
    request: AnalysisRequest | None


def waiting() -> Waiting | Lost | None:
    """What this session waits for: the job in the address, which a reload keeps, else its own."""
    known: Waiting | Lost | None = st.session_state.get(_JOB)
    if address_words.arrives(_JOB):
        named = st.query_params.get(_JOB_WORD)
        if named is not None:
            known = _job(named)
        elif _RUN in st.query_params or address_words.came_back():
            # Somebody chose another run meanwhile, or went back to the choice of clips.
            known = None
        st.session_state[_JOB] = known
    if isinstance(known, Waiting) and st.query_params.to_dict() != {_JOB_WORD: known.job}:
        st.query_params.from_dict({_JOB_WORD: known.job})
    return known


def _job(job_id: str) -> Waiting | Lost:
    """The visitor's job with that id. Another visitor's is as unknown as none."""
    engine, owner = services().engine, current_owner()
    found = engine.job_of(job_id, owner)
    if found is not None:
        return Waiting(job_id, *found)
    note = engine.note_of(job_id, owner)
    return Lost("", None) if note is None else Lost(note.title, note.request)


def wait_for(job: Waiting) -> None:
    """Wait for an analysis from the next rerun on."""
    st.session_state[_JOB] = job
    st.session_state.pop(_ERROR, None)
    address_words.arrives(_JOB)
    st.query_params.from_dict({_JOB_WORD: job.job})


def take_up(job_id: str) -> None:
    """Wait for a job of the visitor's that another tab or page had asked for."""
    job = _job(job_id)
    if isinstance(job, Waiting):
        wait_for(job)


def lose_job(job: Waiting) -> None:
    """The server was stopped: say so, and offer to start the job again."""
    st.session_state[_JOB] = _lost(job)


def _lost(job: Waiting) -> Lost:
    note = services().engine.note_of(job.job, current_owner())
    return Lost(job.title, None if note is None else note.request)


def forget_job(error: str | None = None) -> None:
    """Wait no longer; `error` is shown above the choice of clips."""
    st.session_state.pop(_JOB, None)
    st.query_params.pop(_JOB_WORD, None)
    if error is None:
        st.session_state.pop(_ERROR, None)
    else:
        st.session_state[_ERROR] = error


def error() -> str | None:
    """Why the last analysis did not come about."""
    return st.session_state.get(_ERROR)
