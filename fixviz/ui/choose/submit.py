"""From a choice to an analysis that the session waits for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.ui import session
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services


def submit(make_request: Callable[[], AnalysisRequest]) -> None:
    """Queue the analysis and rerun the page, which then waits for it or says what was wrong."""
    try:
        request = make_request()
        job = services().engine.submit(request, current_owner())
    except FixvizError as error:
        session.forget_job(str(error))
    else:
        session.wait_for(session.Waiting(job.id, request.title, Path(request.video).name))
    st.rerun()
