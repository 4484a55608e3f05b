"""From a choice to an analysis that the session waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.ui import session
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services


def submit(
    make_request: Callable[[], AnalysisRequest],
    parameters: Mapping[str, str] | None = None,
    lost: str = "",
    on_queued: Callable[[], None] | None = None,
) -> None:
    """Queue the analysis and rerun the page, which then shows the run, waits for it or says what was wrong.

    parameters: query parameters of the view in which the run opens; the player's defaults without them. lost:
    id of a lost job whose place this one takes. on_queued: called once the engine has the analysis.
    """
    try:
        request = make_request()
        job = services().engine.submit(request, current_owner())
    except FixvizError as error:
        session.forget_job(str(error))
    else:
        if on_queued is not None:
            on_queued()
        services().engine.forget(lost, current_owner())
        run = job.status().run
        if run is not None:
            session.open_run(run, parameters)
        else:
            title, video = request.title, Path(request.video).name
            session.wait_for(session.Waiting(job.id, title, video, session.view_named(parameters)))
    st.rerun()
