"""What pages show of a run whose stored files are damaged: a sentence, and a way to analyze it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.errors import DamagedRun, FixvizError, RunNotFound, StorageError
from fixviz.ui import session
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.text import fail, quiet


@contextmanager
def told() -> Iterator[None]:
    """Show damage that the block finds in the run in view, with a way to analyze it again."""
    try:
        yield
    except DamagedRun as error:
        show_damage(error, session.remembered())


def show_fault(error: StorageError, handle: str) -> None:
    """Say why a run cannot be opened; offer to analyze a damaged one again."""
    if isinstance(error, DamagedRun):
        show_damage(error, handle)
    else:
        fail(error, ":material/link_off:")


def show_damage(error: DamagedRun, handle: str | None) -> None:
    """Say that files of a run are damaged, and offer its owner to analyze it again."""
    fail(error, ":material/broken_image:")
    try:
        request = handle and services().engine.request_of(handle, current_owner())
    except RunNotFound:
        quiet("Only the person who analyzed this clip can do that here.")
        return
    except StorageError:
        request = None
    if not request:
        quiet(
            "Its video is not kept here any more, so choose the clip once more. The new run takes the place "
            "of this one."
        )
    elif st.button(
        "Analyze again", type="primary", icon=":material/refresh:", key="analyze-damaged-again"
    ):
        _start(request)


def _start(request: AnalysisRequest) -> None:
    """Queue the analysis and wait for it on Watch."""
    try:
        job = services().engine.submit(request, current_owner())
    except FixvizError as error:
        fail(error)
        return
    run, view = job.status().run, session.view_on_screen()
    if run is None:
        video = Path(request.video).name
        session.wait_for(session.Waiting(job.id, request.title, video, view))
    else:  # Somebody else has mended it meanwhile.
        session.open_run(run, view)
    st.switch_page(page_file("inspect", "watch"), query_params=st.query_params.to_dict())
