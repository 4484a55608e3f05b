"""Waiting for an analysis: what is being done, the place in the queue, and a way to stop it."""

from __future__ import annotations

import streamlit as st

from fixviz.engine import JobStatus
from fixviz.errors import JobError
from fixviz.ui.services import services
from fixviz.ui.watch import state
from fixviz.ui.words import plain

POLL_S = 0.4


@st.fragment(run_every=POLL_S)
def show() -> None:
    """Progress of the session's job; reruns the page once the job has ended."""
    waiting = state.waiting()
    if waiting is None:
        return
    engine = services().engine
    try:
        status = engine.status(waiting.job)
    except JobError as error:
        status = JobStatus("failed", error=str(error))
    if status.finished:
        _leave(status, waiting)
    st.title(f"Analyzing {plain(waiting.title)}", anchor=False)
    st.progress(status.progress, text=words(status), width=640)
    if st.button("Cancel", icon=":material/close:", key="cancel"):
        engine.cancel(waiting.job)
        state.forget_job()
        st.rerun()


def words(status: JobStatus) -> str:
    """What a job is at, in one line."""
    if status.state == "queued" and status.place is not None:
        ahead = status.place - 1
        return "Next in the queue" if ahead == 0 else f"Place {status.place} in the queue"
    return status.message or "Starting"


def _leave(status: JobStatus, waiting: state.Waiting) -> None:
    if status.run is not None:
        state.open_run(status.run)
    elif status.state == "cancelled":
        state.forget_job()
    else:
        # An upload is stored under its hash; people know it by its own name.
        reason = status.error or "The analysis failed; try again."
        state.forget_job(reason.replace(waiting.stored, waiting.title))
    st.rerun()
