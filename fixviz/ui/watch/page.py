"""The Watch page: a clip to choose, an analysis to wait for, or a run to look at."""

from __future__ import annotations

import streamlit as st

from fixviz.ui import session
from fixviz.ui.watch import chooser, opened, progress


def show() -> None:
    """Draw the page in the state that URL and session describe."""
    name = session.sample_asked_for()
    if name is not None:
        chooser.open_sample(name, st.query_params.to_dict())
    waiting = session.waiting()
    if isinstance(waiting, session.Waiting):
        progress.show()
        return
    if waiting is not None:
        progress.show_lost(waiting)
        return
    run = session.opened()
    if run is not None:
        opened.show(run)
    else:
        chooser.show()
