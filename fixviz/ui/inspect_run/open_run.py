"""The run that the pages under Inspect look at: the one in the address, else the one last opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from fixviz.errors import FixvizError, StorageError
from fixviz.media.encode import decode_image
from fixviz.store import Store
from fixviz.ui import address_words, shared_view
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.report.button import chosen_on_page, report_button
from fixviz.ui.services import services
from fixviz.ui.watch import state
from fixviz.ui.words import quiet

_RUNS_OFFERED = 12


@dataclass(frozen=True)
class OpenRun:
    """A stored run, to read from. Arrays and pictures are read once and must not be written to."""

    handle: str
    manifest: Mapping[str, Any]

    @property
    def models(self) -> list[dict[str, Any]]:
        """The manifest's entries of the models, in the order of the run."""
        return list(self.manifest["models"])

    @property
    def frames(self) -> int:
        """Number of analyzed frames."""
        return len(self.manifest["frames"]["index"])

    def model(self, name: str) -> dict[str, Any]:
        """The manifest's entry of one model. KeyError when the run has no such model."""
        for entry in self.manifest["models"]:
            if entry["name"] == name:
                return dict(entry)
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether the run holds this array."""
        return name in self.manifest["arrays"]

    def array(self, name: str) -> NDArray[Any]:
        """An array of the run, read-only, as stored. Raises StorageError when it is not there."""
        if not self.has(name):
            raise StorageError(
                f"An earlier version made this run, without {name}. Analyze the clip again."
            )
        return _array(self.manifest["arrays"][name]["sha"], name, _store(), self.handle)

    def frame_image(self, frame: int) -> NDArray[np.uint8]:
        """The picture of an analyzed frame, RGB uint8 [H, W, 3], read-only."""
        name = f"frame/{frame:04d}"
        return _picture(self.manifest["files"][name]["sha"], name, _store(), self.handle)

    def timestamp(self, frame: int) -> float:
        """Seconds from the start of the clip."""
        return float(self.manifest["frames"]["timestamp_s"][frame])

    def window(self, model: str, frame: int) -> str:
        """Which frames the model saw together when it made the maps of this frame."""
        entry = self.model(model)
        start = entry["windows"]["start"][entry["window_of_frame"][frame]]
        return f"window of frames {start} to {start + entry['windows']['frames'] - 1}"

    def moment(self, model: str, frame: int) -> str:
        """Frame, time and window in words."""
        return f"frame {frame} at {self.timestamp(frame):.2f} s ({self.window(model, frame)})"

    @property
    def file_stem(self) -> str:
        """The clip's name as the names of downloads begin."""
        return re.sub(r"\W+", "-", str(self.manifest["clip"]["name"])).strip("-")

    def checkpoint(self, model: str) -> str:
        """Title and start of the hash, as every figure names it."""
        entry = self.model(model)
        return f"{entry['title']} ({entry['checkpoint_sha256'][:8]})"


def open_run(title: str, intro: str) -> OpenRun | None:
    """Draw the page's title and the run in view; None (and what to do instead) when there is none."""
    st.title(title, anchor=False)
    quiet(intro)
    handle = _handle()
    if handle is None:
        _offer("Which clip do you want to look at?")
        return None
    try:
        manifest = _store().manifest(handle)
    except StorageError as error:
        st.error(str(error), icon=":material/link_off:")
        _offer("Look at another one")
        return None
    run = OpenRun(handle, manifest)
    with st.container(horizontal=True, vertical_alignment="center"):
        sampling = manifest["sampling"]
        st.markdown(
            f"**{manifest['clip']['name']}** · {run.frames} frames, "
            f"{sampling['start_s']:.2f} to {sampling['end_s']:.2f} s"
        )
        st.space("stretch")
        # The page's own choices come below; at its end the link opens the player in their view.
        link = st.empty()
        _link_watch(link, handle, {})
        address_words.at_end(lambda: _link_watch(link, handle, address_words.in_view()))
        report_button(handle, manifest["clip"]["name"], chosen_on_page)
        with st.popover("Other clips", icon=":material/movie:"):
            _choose(handle)
    return run


def _link_watch(place: DeltaGenerator, handle: str, view: Mapping[str, str]) -> None:
    # The strongest head at each patch, which only the player shows.
    strongest = {"head": "max"} if shared_view.words().get("head") == "max" else {}
    place.page_link(
        page_file("inspect", "watch"),
        label="Open in Watch",
        icon=":material/smart_display:",
        query_params=state.link_words(handle, {**view, **strongest}),
    )


def _handle() -> str | None:
    """The run in the address; written there when only the session knows it."""
    handle = st.query_params.get("run")
    if handle:
        if state.remembered() != handle:
            state.remember(handle)
        return str(handle)
    known = state.remembered()
    if known is not None:
        address_words.name_run(known)
    return known


def _offer(heading: str) -> None:
    with st.container(border=True):
        st.header(heading, anchor=False)
        _choose(None)
        st.page_link(
            page_file("inspect", "watch"),
            label="Analyze a clip in Watch",
            icon=":material/smart_display:",
        )


def _choose(current: str | None) -> None:
    """One's own runs, as buttons."""
    try:
        runs = [run for run in _store().list(current_owner()) if run.handle != current]
    except FixvizError as error:
        st.error(str(error), icon=":material/error:")
        return
    if not runs:
        quiet("You have no other analyzed clips." if current else "You have no analyzed clips yet.")
    for run in runs[:_RUNS_OFFERED]:
        st.button(
            f"{run.title} · {run.frames} frames",
            key=f"look-at-{run.handle}",
            on_click=_take,
            args=(run.handle,),
            width="stretch",
        )
    if len(runs) > _RUNS_OFFERED:
        quiet(f"{len(runs) - _RUNS_OFFERED} more are in the Library.")


def _take(handle: str) -> None:
    address_words.reset(*shared_view.OF_A_RUN)
    state.remember(handle)
    st.query_params["run"] = handle


def _store() -> Store:
    return services().store


@st.cache_resource(show_spinner=False, max_entries=256)
def _array(sha: str, _name: str, _store: Store, _handle: str) -> NDArray[Any]:
    values = _store.array(_handle, _name)
    values.setflags(write=False)
    return values


@st.cache_resource(show_spinner=False, max_entries=256)
def _picture(sha: str, _name: str, _store: Store, _handle: str) -> NDArray[np.uint8]:
    rgb = decode_image(_store.file(_handle, _name))
    rgb.setflags(write=False)
    return rgb
