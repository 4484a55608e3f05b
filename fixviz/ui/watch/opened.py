"""Looking at a run: its name, what is known about it, and the viewer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.errors import StorageError
from fixviz.reading.clip_facts import facts, notes
from fixviz.ui import session
from fixviz.ui.damaged_run import show_fault
from fixviz.ui.incidents import fragment
from fixviz.ui.one_file_button import one_file_button
from fixviz.ui.pages import page_file
from fixviz.ui.report_button import report_button
from fixviz.ui.services import services
from fixviz.ui.text import plain, quiet
from fixviz.ui.watch.component import viewer


def show(run: session.Opened) -> None:
    """Draw the run, or say why it cannot be had."""
    store = services().store
    try:
        manifest = store.manifest(run.handle)
        store.check(run.handle)
    except StorageError as error:
        st.title("Watch", anchor=False)
        show_fault(error, run.handle)
        st.button(
            "Choose a clip", icon=":material/movie:", on_click=session.close_run, key="choose"
        )
        return
    _header(run.handle, manifest)
    _viewer(run.handle)


def _header(handle: str, manifest: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="watch-head"):
        st.title(plain(manifest["clip"]["name"]), anchor=False)
        st.space("stretch")
        with st.popover("About", icon=":material/info:"):
            st.markdown(
                "\n".join(f"- **{name}:** {plain(value)}" for name, value in facts(manifest))
            )
        report_button(handle, manifest["clip"]["name"], _in_view)
        one_file_button(handle, manifest["clip"]["name"], _in_view)
        st.button("Other clip", icon=":material/movie:", on_click=session.close_run, key="choose")
    for note in notes(manifest):
        quiet(note, ":material/info:")


def _in_view() -> dict[str, str]:
    """Return the view on screen, as the player last settled on it."""
    return session.view_on_screen()


@fragment()
def _viewer(handle: str) -> None:
    """Draw the player in a fragment, so that a settled view reruns nothing but these lines."""
    opened = session.opened()
    if opened is None or opened.handle != handle:
        opened = session.Opened(handle, {})
    asked = viewer(opened, lambda settled: session.settle_view(handle, settled))
    if asked is not None:
        st.switch_page(page_file("inspect", "what_if"), query_params=asked)
