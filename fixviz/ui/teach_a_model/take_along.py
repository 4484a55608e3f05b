"""Keeping what was learned: as own checkpoints, as files, and opened on a clip in Watch."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.teaching.examples import ExampleSet
from fixviz.teaching.keeping import keep, packed
from fixviz.teaching.outcome import Outcome
from fixviz.ui import session
from fixviz.ui.choose.models import prefer
from fixviz.ui.models.measured import forward_seconds
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.teach_a_model import lessons, looks
from fixviz.ui.teach_a_model.words import model_title, say
from fixviz.ui.text import quiet

_KEPT = "teach_kept"


def show(found: ExampleSet, learned: Outcome) -> None:
    """Draw the buttons."""
    st.subheader(say("keep"), anchor=False)
    quiet(say("keep_text", days=f"{services().settings.run_days:g}"))
    with st.container(horizontal=True):
        if st.button(
            say("keep_button"), icon=":material/bookmark_add:", type="primary", key="teach_keep"
        ):
            _keep(found, learned)
        if st.button(
            say("watch_button"),
            icon=":material/smart_display:",
            help=say("watch_help"),
            key="teach_watch",
        ):
            _watch(found, learned)
        for model in learned.models:
            st.download_button(
                say("download", model=model_title(model.name)),
                partial(packed, lessons.folder(found), learned, model.name),
                f"{model.name}-taught.zip",
                "application/zip",
                icon=":material/download:",
                help=say("download_help"),
                key=f"teach_download_{model.name}",
                on_click="ignore",
            )
    if st.session_state.pop(_KEPT, False):
        st.success(say("kept"), icon=":material/check:")


def _names(found: ExampleSet, learned: Outcome) -> list[str]:
    """Keep the models, which does nothing where they are kept already; return their names."""
    seconds = {model.name: forward_seconds(model.name) or 0.05 for model in learned.models}
    owner, ours = current_owner(), services()
    room = partial(ours.engine.check_room, owner)
    names = keep(lessons.folder(found), learned, owner, ours.models, seconds, room)
    prefer(names)
    return names


def _keep(found: ExampleSet, learned: Outcome) -> None:
    with lessons.noting_errors():
        _names(found, learned)
        st.session_state[_KEPT] = True
    st.rerun()


def _watch(found: ExampleSet, learned: Outcome) -> None:
    """Analyze the chosen clip with the models that were taught, and go to Watch."""
    clip = looks.shown_clip(found, learned)
    if clip is None:
        return
    with lessons.noting_errors():
        request = AnalysisRequest(
            video=clip.path,
            name=clip.title,
            sha256=clip.sha256,
            models=tuple(_names(found, learned)),
        )
        job = services().engine.submit(request, current_owner())
        run = job.status().run
        if run is not None:
            session.open_run(run)
            parameters = {"run": run}
        else:
            session.wait_for(session.Waiting(job.id, clip.title, Path(clip.path).name))
            parameters = {"job": job.id}
        st.switch_page(page_file("inspect", "watch"), query_params=parameters)
    st.rerun()
