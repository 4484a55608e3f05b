"""The button that makes a report of the run on the page, in the view on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from fixviz.report.file_name import file_name
from fixviz.store import Store
from fixviz.ui.incidents import fragment
from fixviz.ui.services import services
from fixviz.ui.text import quiet

_WIDGETS: Final = {"axis": "on_axis", "layer": "on_layer", "head": "on_head", "frame": "on_frame"}
"""Keys of the pages' own choices (fixviz.ui.inspect_run.choices)."""


def chosen_on_page() -> dict[str, str]:
    """Return the view that the widgets of a page under Inspect show, as query parameters."""
    found = {parameter: st.session_state.get(key) for parameter, key in _WIDGETS.items()}
    return {parameter: str(value) for parameter, value in found.items() if value is not None}


def report_button(handle: str, clip: str, parameters: Callable[[], Mapping[str, str]]) -> None:
    """Draw a button that opens a small form, which saves the run as one HTML file.

    parameters: returns the view on the page; called when the form is opened, because the page's own widgets
    come after this button, and the player settles its view by itself.
    """
    # A fragment by itself takes all the room that a row has left.
    with st.container(width="content"):
        _form(handle, clip, parameters)


@fragment()
def _form(handle: str, clip: str, parameters: Callable[[], Mapping[str, str]]) -> None:
    form = st.popover(
        "Report", icon=":material/description:", key="report", on_change="rerun", width="content"
    )
    if not form.open:
        return
    with form:
        quiet(
            "Saves one HTML file with the pictures, figures, definitions, settings and hashes of this run, "
            "as you see them on this page. It opens without a network and can be printed."
        )
        title = st.text_input("Title", key="report_title", max_chars=200)
        author = st.text_input("Author", key="report_author", max_chars=200)
        notes = st.text_area("Notes", key="report_notes", max_chars=5000)
        st.download_button(
            "Save the report",
            report_maker(services().store, handle, parameters(), title, author, notes),
            file_name(clip),
            "text/html",
            key="report_save",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
            width="stretch",
        )
        quiet("This takes some seconds. The link to the run is not in the file.")


def report_maker(
    store: Store, handle: str, parameters: Mapping[str, str], title: str, author: str, notes: str
) -> Callable[[], bytes]:
    """Return the function that a click runs, in a thread of its own without a page around it."""

    def make() -> bytes:
        # Loading what draws a report takes a while, and no page needs it before.
        from fixviz.report.build import build_report
        from fixviz.report.options import ReportOptions

        view = ReportOptions.of_parameters(parameters)
        options = replace(view, title=title, author=author, notes=notes)
        return build_report(store, handle, options).encode()

    return make
