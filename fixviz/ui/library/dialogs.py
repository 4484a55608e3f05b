"""Dialogs that rename, share, export and delete a visitor's run."""

from __future__ import annotations

import re
import secrets
from functools import partial

import streamlit as st

from fixviz.errors import StorageError
from fixviz.reading.exports.archive import export_zip
from fixviz.store import RunInfo
from fixviz.store.files import storing
from fixviz.ui import session
from fixviz.ui.library.shelf import day, run_link
from fixviz.ui.one_file_button import save_as_one_file
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet


@st.dialog("Rename")
def rename(run: RunInfo) -> None:
    """Ask for another title."""
    title = st.text_input("Title", run.title, key="new-title", max_chars=200)
    if st.button("Save", type="primary", key="save-title", disabled=not title.strip()):
        try:
            services().store.rename(run.handle, title, owner=current_owner())
        except StorageError as error:
            fail(error)
        else:
            st.rerun()


@st.dialog("Share")
def share(run: RunInfo) -> None:
    """Show the link, with a button that copies it."""
    st.markdown(f"Whoever has this link can open **{plain(run.title)}** and look at all of it:")
    st.code(run_link(st.context.url or "/", run.handle), language=None, wrap_lines=True)
    quiet(
        "Only you can rename or delete it. The link works until you delete the run, or until nobody has "
        f"opened it for {services().settings.run_days:g} days (now: {day(run.expires)})."
    )
    quiet("A link copied from Watch opens the same frame, layer and head as well.")


@st.dialog("Export")
def export(run: RunInfo) -> None:
    """Offer the ZIP and the file with the player; each is made when its button is pressed."""
    st.markdown(
        "One ZIP file to work with in other programs:\n"
        "- `manifest.json`: clip, sampling, checkpoints with their SHA-256, models\n"
        "- `metrics.csv` and `.json`: concentration per model, layer, axis, head and frame\n"
        "- `probabilities.csv`: class probabilities per window\n"
        "- `overlay-MODEL.mp4`: attention received, drawn over the clip"
    )
    st.download_button(
        "Download ZIP",
        partial(archive, run.handle, run.title),
        file_name=file_name(run.title),
        mime="application/zip",
        icon=":material/download:",
        type="primary",
        key="download-zip",
        on_click="ignore",
    )
    quiet(
        f"The videos are drawn after you press the button, which takes about {seconds(run):.0f} s."
    )
    st.divider()
    save_as_one_file(run.handle, run.title, {})
    quiet(
        "The pages under Inspect show more. Save it there: every figure with its numbers, or everything in "
        "one file with the button Report."
    )


@st.dialog("Delete this run?")
def delete(run: RunInfo) -> None:
    """Ask before the run goes."""
    st.markdown(
        f"**{plain(run.title)}** and its maps are deleted, and the video if you uploaded it. Links to it "
        "stop working."
    )
    if st.button("Delete", type="primary", icon=":material/delete:", key="confirm-delete"):
        session.forget_run(run.handle)
        try:
            services().engine.delete_run(run.handle, current_owner())
            services().forget_deleted()
        except StorageError as error:
            fail(error)
        else:
            st.rerun()


def archive(handle: str, title: str) -> bytes:
    """Return the ZIP of a run as bytes; the file it is made in is deleted. Raises StorageError."""
    ours = services()
    folder = ours.settings.home / "scratch"
    target = folder / f"{secrets.token_hex(16)}.zip"
    with storing("the export", ours.settings.home):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            export_zip(ours.store, handle, target, title)
            return target.read_bytes()
        finally:
            target.unlink(missing_ok=True)


def file_name(title: str) -> str:
    """Name the ZIP on the user's disk."""
    name = re.sub(r"[^\w.-]+", "-", title, flags=re.ASCII).strip("-.")[:60]
    return f"fixviz-{name or 'run'}.zip"


def seconds(run: RunInfo) -> float:
    """Estimate how long an export takes: 15 ms to draw and encode a frame of one model."""
    return max(1.0, 0.015 * run.frames * len(run.models))
