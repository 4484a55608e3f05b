"""Waiting for an analysis: what is being done, the place in the queue, and a way to stop it."""

from __future__ import annotations

import streamlit as st

from fixviz.engine import JobStatus
from fixviz.errors import JobError, JobLost
from fixviz.ui import session
from fixviz.ui.choose.submit import submit
from fixviz.ui.incidents import fragment
from fixviz.ui.job_status import POLL_S, status_text
from fixviz.ui.services import services
from fixviz.ui.text import plain


@fragment(run_every=POLL_S)
def show() -> None:
    """Draw the progress of the session's job, and rerun the page once it has ended."""
    waiting = session.waiting()
    if not isinstance(waiting, session.Waiting):
        return
    engine = services().engine
    try:
        status = engine.status(waiting.job)
    except JobError as error:
        status = JobStatus("failed", error=str(error))
    if status.finished:
        _leave(status, waiting)
    st.title(f"Analyzing {plain(waiting.title)}", anchor=False)
    st.progress(status.progress, text=plain(status_text(status)), width=640)
    if st.button("Cancel", icon=":material/close:", key="cancel"):
        engine.cancel(waiting.job)
        session.forget_job()
        st.rerun()


def show_lost(lost: session.Lost) -> None:
    """Say that a job is not there any more, and offer to start it again."""
    st.title(plain(lost.title) if lost.title else "Watch", anchor=False)
    if lost.request is None:
        st.warning(
            "This analysis is not under way. It ended long ago, fixviz was restarted meanwhile, or "
            "somebody else started it.",
            icon=":material/link_off:",
        )
    elif lost.elsewhere:
        st.info(
            f"{plain(lost.title)} is being analyzed by another server. Load this page again in a minute.",
            icon=":material/hourglass_top:",
        )
        return
    else:
        st.warning(
            f"The analysis of {plain(lost.title)} was lost, because fixviz was restarted.",
            icon=":material/restart_alt:",
        )
    with st.container(horizontal=True):
        if lost.request is not None and st.button(
            "Start again", type="primary", icon=":material/refresh:", key="start-again"
        ):
            request = lost.request
            submit(lambda: request, lost.view, lost.job)
        st.button(
            "Choose a clip", icon=":material/movie:", key="choose", on_click=session.forget_job
        )


def _leave(status: JobStatus, waiting: session.Waiting) -> None:
    if status.run is not None:
        session.open_run(status.run, waiting.view)
    elif isinstance(services().engine.error(waiting.job), JobLost):
        session.lose_job(waiting)
    elif status.state == "cancelled":
        session.forget_job()
    else:
        # An upload is stored under its hash; people know it by its own name.
        reason = status.error or "The analysis failed; try again."
        session.forget_job(reason.replace(waiting.stored, waiting.title))
    st.rerun()
