"""The Library page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fixviz.errors import StorageError
from fixviz.own_models.registry import readable
from fixviz.store import RunInfo
from fixviz.ui import session
from fixviz.ui.library import dialogs
from fixviz.ui.library.shelf import PER_PAGE, count, day, found, minute, on_page, pages
from fixviz.ui.library.thumbnails import thumbnail
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.pictures import show_picture
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet

WATCH = page_file("inspect", "watch")
_ACTIONS = {
    "Share": (":material/link: Share", dialogs.share),
    "Export": (":material/download: Export", dialogs.export),
    "Rename": (":material/edit: Rename", dialogs.rename),
    "Delete": (":material/delete: Delete", dialogs.delete),
}


def show() -> None:
    """Draw the visitor's library."""
    st.title("Library", anchor=False)
    try:
        runs = services().store.list(current_owner())
    except StorageError as error:
        fail(error)
        return
    if not runs:
        _empty()
        return
    size = sum(run.bytes for run in runs) / 1e6
    quiet(
        f"{count(len(runs), 'run')}, {size:,.1f} MB. Only this browser lists them; whoever has a link "
        f"can open it. A run is deleted when nobody has opened it for {services().settings.run_days:g} days."
    )
    chosen = _choose(runs)
    with st.grid("auto", min_column_width=250):
        for run in chosen:
            with st.container(border=True, height="stretch", gap="small"):
                _card(run)


def _empty() -> None:
    with st.container(border=True):
        st.header("Nothing here yet", anchor=False)
        st.markdown(
            "Every clip that you analyze is kept here, so that you can open it again without waiting."
        )
        if st.button("Choose a clip", type="primary", icon=":material/movie:", key="choose"):
            st.switch_page(WATCH)


def _choose(runs: Sequence[RunInfo]) -> Sequence[RunInfo]:
    """Return the runs to show; with many of them, let the visitor search and choose a page."""
    if len(runs) <= PER_PAGE:
        return runs
    search = st.text_input(
        "Search",
        key="library-search",
        placeholder="Title, file name or model",
        icon=":material/search:",
        width=420,
    )
    matching = found(runs, search)
    if not matching:
        st.info("No run has all of these words in its title, file name or models.")
        return []
    last = pages(len(matching))
    if last == 1:
        return matching
    page = st.pagination(last, key=f"library-page-{search}-{last}")
    first = (page - 1) * PER_PAGE
    shown = on_page(matching, page)
    quiet(f"{first + 1} to {first + len(shown)} of {len(matching)}, newest first")
    return shown


def _damaged_card(run: RunInfo) -> None:
    """Name a run that cannot be opened, with ways to see more of it and to delete it."""
    st.markdown(f":material/broken_image: **{plain(run.title)}**")
    quiet(f"{minute(run.created)} · {run.fault}")
    st.space("stretch")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            WATCH,
            label="Analyze again",
            icon=":material/refresh:",
            query_params=session.reopened(run.handle),
        )
        if st.button("Delete", icon=":material/delete:", key=f"delete-{run.handle}"):
            dialogs.delete(run)


def _card(run: RunInfo) -> None:
    if run.fault:
        _damaged_card(run)
        return
    picture = thumbnail(run.thumbnail) if run.thumbnail is not None else None
    if picture is not None:
        show_picture(picture, f"A frame of {run.title}")
    else:
        quiet(
            "The pictures of this run are missing; analyze the clip again.",
            ":material/broken_image:",
        )
    st.markdown(f"**{plain(run.title)}**")
    quiet(
        f"{minute(run.created)} · {count(run.frames, 'frame')} · {', '.join(map(readable, run.models))} · "
        f"{run.bytes / 1e6:.1f} MB · kept until {day(run.expires)}"
    )
    st.space("stretch")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            WATCH,
            label="Open",
            icon=":material/play_arrow:",
            query_params=session.reopened(run.handle),
        )
        action = st.menu_button(
            "More",
            list(_ACTIONS),
            format_func=lambda name: _ACTIONS[name][0],
            key=f"more-{run.handle}",
        )
    if action is not None:
        _ACTIONS[action][1](run)
