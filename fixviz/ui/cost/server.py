"""The measurement on this server: its button, its progress with a way to stop it, and its result."""

from __future__ import annotations

from typing import Final

import streamlit as st

from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.engine import CostRequest, JobStatus
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.errors import FixvizError, JobError
from fixviz.ui.incidents import fragment
from fixviz.ui.job_status import POLL_S, status_text
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.text import plain, warn

_JOBS: Final = "cost_jobs"
_STOPPED: Final = "cost_stopped"


def found(shape: str) -> CostMeasurement | None:
    """Return what was measured last on this server, whoever asked for it; None where there is nothing."""
    measured = AttentionCosts(services().settings.home).find(CostRequest(shape))
    return measured if measured is not None and measured.points else None


def start(shape: str) -> None:
    """Queue a measurement; it is shared with whoever else asks for the same."""
    _kept(_STOPPED).pop(shape, None)
    try:
        job = services().engine.measure_attention(CostRequest(shape), current_owner())
    except FixvizError as error:
        _kept(_STOPPED)[shape] = str(error)
    else:
        _kept(_JOBS)[shape] = job.id


def show(shape: str) -> None:
    """Draw the button, or the progress of the measurement under way."""
    if shape in _kept(_JOBS):
        _progress(shape)
        return
    stopped = _kept(_STOPPED).get(shape)
    if stopped is not None:
        warn(stopped, ":material/info:")
    measured = found(shape)
    st.button(
        "Measure on this server" if measured is None else "Measure again on this server",
        icon=":material/timer:",
        key="cost_measure",
        on_click=start,
        args=(shape,),
        help="The result is shared with all visitors. Analyses of others wait meanwhile, about "
        f"{services().settings.cost_seconds:.0f} seconds.",
    )


@fragment(run_every=POLL_S)
def _progress(shape: str) -> None:
    """Draw how far the measurement is, and rerun the page once it has ended."""
    jobs = _kept(_JOBS)
    if shape not in jobs:
        return
    engine = services().engine
    try:
        # Asking by the job's id tells the engine that somebody still waits for it.
        job = engine.job(jobs[shape])
        status = JobStatus("failed", error="It was lost.") if job is None else job.status()
    except JobError as error:
        status = JobStatus("failed", error=str(error))
    if status.finished:
        del jobs[shape]
        if status.state == "cancelled":
            _kept(_STOPPED)[shape] = "The measurement was cancelled."
        elif status.state == "failed":
            _kept(_STOPPED)[shape] = status.error or "The measurement failed; try again."
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"On this server: {status_text(status)}"
        st.progress(status.progress, text=plain(text), width=420)
        if st.button("Cancel", icon=":material/close:", key="cost_cancel"):
            engine.cancel(jobs[shape])


def _kept(name: str) -> dict[str, str]:
    """Return what this session keeps by shape."""
    kept: dict[str, str] = st.session_state.setdefault(name, {})
    return kept
