"""The button that saves the run on the page as one HTML file with the player in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from fixviz.errors import FixvizError
from fixviz.reading.browser_networks import folders
from fixviz.reading.player_manifest import player_manifest
from fixviz.single_file.file_name import file_name
from fixviz.single_file.run_parts import check_size
from fixviz.ui.incidents import fragment
from fixviz.ui.owner import current_owner
from fixviz.ui.services import Services, services
from fixviz.ui.text import fail, quiet


def one_file_button(handle: str, clip: str, parameters: Callable[[], Mapping[str, str]]) -> None:
    """Draw a button that opens a small form, which saves the run as one file.

    parameters: returns the view on the page, in which the file opens; called when the form is opened.
    """
    # A fragment by itself takes all the room that a row has left.
    with st.container(width="content"):
        _form(handle, clip, parameters)


@fragment()
def _form(handle: str, clip: str, parameters: Callable[[], Mapping[str, str]]) -> None:
    form = st.popover(
        "One file",
        icon=":material/file_save:",
        key="one-file",
        on_change="rerun",
        width="content",
    )
    if form.open:
        with form:
            save_as_one_file(handle, clip, parameters())


def save_as_one_file(handle: str, clip: str, parameters: Mapping[str, str]) -> None:
    """Say what the file is and draw the button that makes and saves it, or say why there can be none."""
    ours = services()
    quiet(
        "Saves this run with the player in one HTML file, which opens from a mail or a disk without a "
        "server and without a network: panels, timeline, dial, click on a patch, rollout and export."
    )
    try:
        check_size(player_manifest(ours.store, handle))
    except FixvizError as error:
        fail(error)
        return
    st.download_button(
        "Save as one file",
        one_file_maker(ours, handle, parameters, current_owner()),
        file_name(clip),
        "text/html",
        key=f"one-file-save-{handle}",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        width="stretch",
    )
    quiet(
        "This takes some seconds. The file lists what it leaves out. It holds the weights of the models, "
        "with which the browser computes, and no link to this run."
    )


def one_file_maker(
    ours: Services, handle: str, parameters: Mapping[str, str], owner: str
) -> Callable[[], bytes]:
    """Return the function that a click runs, in a thread of its own without a page around it.

    owner: who saves the file; the weights of somebody else's checkpoint do not go into it.
    """

    def make() -> bytes:
        # Nothing on a page needs it before.
        from fixviz.single_file.build import build_file

        return build_file(ours.store, handle, folders(ours.settings, owner=owner), view=parameters)

    return make
