"""Results that are computed when a page asks for them, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fixviz.engine import DeriveRequest
from fixviz.errors import FixvizError
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.ui.incidents import fragment
from fixviz.ui.job_status import POLL_S, status_text
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet, warn

_JOBS = "inspect_jobs"
_STOPPED = "inspect_stopped"


def asked_for(run: StoredRun, kind: str, model: str, arguments: Mapping[str, Any]) -> bool:
    """Tell whether the visitor has asked for a result and waits for it, also after a reload of the page.

    If so, call `derived`, which shows the progress.
    """
    request = DeriveRequest(run.handle, kind, model, dict(arguments))
    return services().engine.asked_for(request, current_owner())


def derived(
    run: StoredRun,
    kind: str,
    model: str,
    arguments: Mapping[str, Any],
    *,
    title: str,
    button: str | None = None,
) -> StoredResult | None:
    """Return the result; until it is there, draw progress and a button to cancel, and return None.

    The page reruns once the result is there. title: what is being computed, as the page shows it. button:
    title of a button that starts the computation (for what takes long); without it, the computation starts
    at once.
    """
    found = run.derived(kind, model, arguments)
    if found is not None:
        return found
    request = DeriveRequest(run.handle, kind, model, dict(arguments))
    key = f"{run.handle}/{request.name}"
    jobs: dict[str, str] = st.session_state.setdefault(_JOBS, {})
    stopped: dict[str, str] = st.session_state.setdefault(_STOPPED, {})
    engine, owner = services().engine, current_owner()
    if key not in jobs and key not in stopped:
        # After a reload the session knows nothing of what it had asked for.
        going_on = engine.deriving(request, owner)
        if going_on is not None:
            jobs[key] = going_on.id
        elif engine.was_deriving(request, owner):
            stopped[key] = "fixviz was restarted before it was computed."
    if key in stopped:
        warn(f"{title}: {stopped[key]}", ":material/info:")
    if key not in jobs:
        wanted = plain(button) if button else "Try again" if key in stopped else None
        if wanted is not None and not st.button(
            wanted, key=f"start-{kind}-{model}-{request.name}", icon=":material/play_arrow:"
        ):
            return None
        try:
            jobs[key] = engine.derive(request, owner).id
        except FixvizError as error:
            fail(f"{title}: {error}")
            return None
        stopped.pop(key, None)
    _progress(key, title)
    return None


@fragment(run_every=POLL_S)
def _progress(key: str, title: str) -> None:
    """Draw the progress of one job, and rerun the page once it has ended."""
    jobs: dict[str, str] = st.session_state[_JOBS]
    if key not in jobs:
        return
    engine = services().engine
    try:
        status = engine.status(jobs[key])
    except FixvizError as error:
        st.session_state[_STOPPED][key] = str(error)
        del jobs[key]
        st.rerun()
    if status.finished:
        del jobs[key]
        if status.state != "done":
            st.session_state[_STOPPED][key] = status.error or "It could not be computed."
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(status.progress, text=plain(f"{title}: {status_text(status)}"), width=420)
        if st.button("Cancel", icon=":material/close:", key=f"cancel-{key}"):
            engine.cancel(jobs[key])
    quiet("You can use the rest of the page in the meantime.")
