"""The run in view and the analysis that is waited for: what a session remembers, and the URL names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.ui import shared_view, url_state
from fixviz.ui.owner import current_owner
from fixviz.ui.player_parameters import clean_parameters
from fixviz.ui.services import services

_JOB = "session_job"
_ERROR = "session_error"
_OPEN = "session_open"
_VIEW = "session_view"
_LAST_VIEWS = "session_last_views"
_ARRIVALS = "session_arrivals"

_RUN, _MODEL = "run", "model"
_JOB_PARAMETER = "job"
_SAMPLE = "sample"
_ASKED = "session_sample"
_SAME = ("frame", "layer", "head", "axis")
"""Query parameters of the player that the other pages share as they are."""


@dataclass(frozen=True)
class Opened:
    """The run that is open, and the view in which it was opened."""

    handle: str
    view: Mapping[str, str]
    arrival: int = 0
    """Which of the session's arrivals at Watch opened it: with another one, the viewer takes the view."""


def opened() -> Opened | None:
    """Return the run that the URL names, else the one that this session had open when it left Watch.

    Its view is the one of the first look at the run: the viewer keeps its own from then on.
    """
    known: Opened | None = st.session_state.get(_OPEN)
    # Read the URL only on arrival: the browser writes the viewer's parameters into the URL before the
    # session gets them.
    if not url_state.arrives(_OPEN):
        return known
    arrival = st.session_state[_ARRIVALS] = st.session_state.get(_ARRIVALS, 0) + 1
    handle = st.query_params.get(_RUN)
    if handle is not None:
        named = view_named(st.query_params)
        known = Opened(handle, clean_parameters(named), arrival)
        _share(named)
    elif known is None or url_state.came_back():
        # Back to the choice of clips, which the browser left before the run was opened.
        close_run(keep_url=True)
        return None
    else:
        view = view_of(known.handle, shared_view.parameters())
        known = Opened(known.handle, view, arrival)
    st.session_state[_OPEN] = known
    st.session_state[_VIEW] = known.view
    write_url(known.handle, known.view)
    return known


def view_of(handle: str, shared: Mapping[str, str]) -> dict[str, str]:
    """Return the player's view with these shared parameters, and what else it showed of this run."""
    known: Opened | None = st.session_state.get(_OPEN)
    view: dict[str, str] = {}
    if known is not None and known.handle == handle:
        view = dict(st.session_state.get(_VIEW, known.view))
    for parameter in _SAME:
        view.pop(parameter, None)
        # The player names no head for the mean of heads.
        if parameter in shared and (parameter, shared[parameter]) != ("head", shared_view.MEAN):
            view[parameter] = shared[parameter]
    if "row" in shared and "column" in shared:
        patch = f"{shared['row']}-{shared['column']}"
        patches = view.get("query", "").split(".")
        if patch in patches:
            view["active"] = str(patches.index(patch))
        else:
            view["query"], view["active"] = patch, "0"
    return clean_parameters(view)


def link_parameters(handle: str, shared: Mapping[str, str]) -> dict[str, str]:
    """Return the query parameters of a link that opens the player on this run.

    shared: parameters that all pages share; others are as chosen last.
    """
    shared = {**shared_view.parameters(), **shared}
    return {_RUN: handle, **view_of(handle, shared), **_model_of(shared)}


def reopened(handle: str) -> dict[str, str]:
    """Return the query parameters of a link to the player as this session last saw the run there."""
    if handle == remembered():
        return link_parameters(handle, {})
    return {_RUN: handle, **st.session_state.get(_LAST_VIEWS, {}).get(handle, {})}


def _share(view: Mapping[str, str]) -> None:
    """Give the player's view to the other pages."""
    shared = {parameter: view[parameter] for parameter in (*_SAME, _MODEL) if parameter in view}
    patches = [pair.split("-") for pair in view.get("query", "").split(".") if "-" in pair]
    active = int(view["active"]) if view.get("active", "").isdecimal() else 0
    if active < len(patches):
        shared["row"], shared["column"] = patches[active][0], patches[active][-1]
    shared_view.put(shared)


def _model_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the query parameter that names the model; empty where there is none."""
    return {_MODEL: parameters[_MODEL]} if _MODEL in parameters else {}


def view_named(parameters: Mapping[str, str] | None) -> dict[str, str]:
    """Return those of the query parameters that name a view of a run, with plain values."""
    named = dict(parameters or {})
    return {**clean_parameters(named), **_model_of(named)}


def open_run(handle: str, parameters: Mapping[str, str] | None = None) -> None:
    """Show a run from the next rerun on.

    parameters: query parameters of the view; the player's defaults without them.
    """
    # The run takes the place of the job in the URL, in one step.
    st.session_state.pop(_JOB, None)
    st.session_state.pop(_ERROR, None)
    named = view_named(parameters)
    view = clean_parameters(named)
    _share(named)
    st.session_state[_OPEN] = Opened(handle, view)
    st.session_state[_VIEW] = view
    url_state.arrives(_OPEN)
    write_url(handle, view)


def close_run(*, keep_url: bool = False) -> None:
    """Go back to choosing a clip."""
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_VIEW, None)
    if not keep_url:
        st.query_params.clear()


def forget_run(handle: str) -> None:
    """Do not come back to a run that is being deleted."""
    known: Opened | None = st.session_state.get(_OPEN)
    if known is not None and known.handle == handle:
        st.session_state.pop(_OPEN, None)
        st.session_state.pop(_VIEW, None)


def remembered() -> str | None:
    """Return the handle of the run that this session looked at last, on any page."""
    known: Opened | None = st.session_state.get(_OPEN)
    return None if known is None else known.handle


def remember(handle: str) -> None:
    """Look at this run from now on, on all pages. The URL stays as it is: callers set it themselves."""
    st.session_state[_OPEN] = Opened(handle, {})
    st.session_state[_VIEW] = {}


def settle_view(handle: str, view: Mapping[str, str]) -> None:
    """Write the view into the URL, with the parameters in the order of the viewer's own link."""
    note_view(handle, view)
    write_url(handle, view)


def note_view(handle: str, view: Mapping[str, str]) -> None:
    """Keep the player's view for this page and the others. The browser has written it into the URL."""
    if handle != remembered():
        return
    st.session_state[_VIEW] = dict(view)
    st.session_state.setdefault(_LAST_VIEWS, {})[handle] = dict(view)
    _share({**view, **_model_of(shared_view.parameters())})


def view_on_screen() -> dict[str, str]:
    """Return the player's view, without what is at its default."""
    return dict(st.session_state.get(_VIEW, {}))


def write_url(handle: str, view: Mapping[str, str]) -> None:
    """Write a URL that opens this run in this view."""
    # The player shows all models; the pages that show one find it again.
    wanted = {_RUN: handle, **view, **_model_of(shared_view.parameters())}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


@dataclass(frozen=True)
class Waiting:
    """The analysis that this session waits for."""

    job: str
    """Its id in the engine."""
    title: str
    """Name of the clip as its owner knows it."""
    stored: str
    """Name of the stored file, which an error may mention."""
    view: Mapping[str, str] = field(default_factory=dict)
    """Query parameters of the view in which the run opens."""

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters of the page that waits for it."""
        return {_JOB_PARAMETER: self.job, **self.view}


@dataclass(frozen=True)
class Lost:
    """A job that the URL names and this server does not know."""

    title: str
    """Title of the clip; empty where this server does not know the clip."""
    request: AnalysisRequest | None
    view: Mapping[str, str] = field(default_factory=dict)
    """As in `Waiting`."""
    job: str = ""
    elsewhere: bool = False
    """Whether another server of the same home is at work on it."""


def waiting() -> Waiting | Lost | None:
    """Return what this session waits for: the job that the URL names, which a reload keeps, else its own."""
    known: Waiting | Lost | None = st.session_state.get(_JOB)
    if url_state.arrives(_JOB):
        named = st.query_params.get(_JOB_PARAMETER)
        if named is not None:
            known = _job(named) if not _opens_finished(named) else None
        elif _RUN in st.query_params or _SAMPLE in st.query_params or url_state.came_back():
            # Somebody chose another run meanwhile, or went back to the choice of clips.
            known = None
        st.session_state[_JOB] = known
    if isinstance(known, Waiting) and st.query_params.to_dict() != known.parameters:
        st.query_params.from_dict(known.parameters)
    return known


def _opens_finished(job_id: str) -> bool:
    """Open the run of a job that another server has finished; return whether there is one."""
    engine, owner = services().engine, current_owner()
    note = engine.note_of(job_id, owner)
    if note is None or not note.run or engine.job_of(job_id, owner) is not None:
        return False
    open_run(note.run, view_named(st.query_params))
    return True


def _job(job_id: str) -> Waiting | Lost:
    """Return the visitor's job with that id; a job of somebody else counts as lost."""
    engine, owner = services().engine, current_owner()
    found, view = engine.job_of(job_id, owner), view_named(st.query_params)
    if found is not None:
        return Waiting(job_id, *found, view)
    note = engine.note_of(job_id, owner)
    if note is None:
        return Lost("", None)
    return Lost(note.title, note.request, view, job_id, engine.runs_elsewhere(note))


def wait_for(job: Waiting) -> None:
    """Wait for an analysis from the next rerun on."""
    st.session_state[_JOB] = job
    st.session_state.pop(_ERROR, None)
    url_state.arrives(_JOB)
    st.query_params.from_dict(job.parameters)


def take_up(job_id: str) -> None:
    """Wait for a job of the same visitor that another tab or page has started."""
    job = _job(job_id)
    if isinstance(job, Waiting):
        wait_for(job)


def lose_job(job: Waiting) -> None:
    """Note that the server was stopped, so that the page says so and offers to start the job again."""
    st.session_state[_JOB] = _lost(job)


def _lost(job: Waiting) -> Lost:
    note = services().engine.note_of(job.job, current_owner())
    return Lost(job.title, None if note is None else note.request, job.view, job.job)


def sample_asked_for() -> str | None:
    """Return, once, the name of the sample clip that the URL asks for; None without one."""
    if not url_state.arrives(_ASKED):
        return None
    name = st.query_params.get(_SAMPLE)
    return None if name is None or _RUN in st.query_params else str(name)


def forget_job(error: str | None = None) -> None:
    """Wait no longer. error: what the page shows above the choice of clips."""
    st.session_state.pop(_JOB, None)
    st.query_params.pop(_JOB_PARAMETER, None)
    if error is None:
        st.session_state.pop(_ERROR, None)
    else:
        st.session_state[_ERROR] = error


def error() -> str | None:
    """Return why the last analysis failed; None where it did not."""
    return st.session_state.get(_ERROR)
