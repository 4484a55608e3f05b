"""Looking at a run: its name, what is known about it, and the viewer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.errors import StorageError
from fixviz.ui.report.button import report_button
from fixviz.ui.services import services
from fixviz.ui.watch import state
from fixviz.ui.watch.component import viewer
from fixviz.ui.words import plain, quiet


def show(run: state.Opened) -> None:
    """Draw the run, or say why it cannot be had."""
    try:
        manifest = services().store.manifest(run.handle)
    except StorageError as error:
        st.title("Watch", anchor=False)
        st.error(str(error), icon=":material/link_off:")
        st.button("Choose a clip", type="primary", on_click=state.close_run, key="choose")
        return
    _header(run.handle, manifest)
    _viewer(run.handle)


def _header(handle: str, manifest: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="watch-head"):
        st.title(plain(manifest["clip"]["name"]), anchor=False)
        st.space("stretch")
        with st.popover("About", icon=":material/info:"):
            st.markdown("\n".join(f"- **{name}:** {value}" for name, value in facts(manifest)))
        report_button(handle, manifest["clip"]["name"], _in_view)
        st.button("Other clip", icon=":material/movie:", on_click=state.close_run, key="choose")
    for note in notes(manifest):
        quiet(f":material/info: {note}")


def _in_view() -> dict[str, str]:
    """The view on screen, as the player settled on it."""
    return state.view_on_screen()


@st.fragment
def _viewer(handle: str) -> None:
    """In a fragment, so that a settled view reruns nothing but these lines."""
    opened = state.opened()
    view = opened.view if opened and opened.handle == handle else {}
    viewer(handle, view, lambda words: state.settle_view(handle, words))


_DECODERS = {"pyav": "PyAV", "decord": "decord"}


def facts(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What is known about the clip and its analysis, as names and values with units."""
    clip, sampling = manifest["clip"], manifest["sampling"]
    crop = sampling.get("crop")
    cropped = []
    if crop:
        left, top, width, height = crop
        cropped = [("Part looked at", f"{width} × {height} px from ({left}, {top})")]
    return [
        (
            "Picture",
            f"{clip['width']} × {clip['height']} px, {clip['codec']} in {clip['container']}",
        ),
        *cropped,
        ("Length", f"{clip['duration_s']:.2f} s, {clip['frame_count']} frames"),
        ("Frame rate", f"{clip['fps']:.2f} frames/s"),
        ("Analyzed", f"{sampling['start_s']:.2f} to {sampling['end_s']:.2f} s"),
        ("Frames looked at", f"{sampling['frames']}, {sampling['rate_hz']:g} per second"),
        ("Decoded by", _DECODERS.get(clip["decoder"], clip["decoder"])),
        ("Computed on", f"{manifest['device']} in {manifest['seconds']:.1f} s"),
        ("SHA-256 of the file", f"`{clip['sha256'][:16]}…`"),
    ]


def notes(manifest: dict[str, Any]) -> list[str]:
    """Sentences that a reader should see before the pictures."""
    sentences = [str(note) for note in manifest.get("notes", ())]
    if manifest["sampling"]["truncated"]:
        sentences.append(
            f"Only the first {manifest['sampling']['frames']} frames of the span were analyzed, up "
            f"to {manifest['sampling']['end_s']:.1f} s. Choose a later start to see the rest."
        )
    return sentences
