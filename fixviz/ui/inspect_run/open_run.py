"""The run that the pages under Inspect look at: the one that the URL names, else the one last opened."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fixviz.errors import FixvizError, StorageError
from fixviz.reading.run import StoredRun
from fixviz.store import Store
from fixviz.ui import session, shared_view, url_state
from fixviz.ui.damaged_run import show_fault
from fixviz.ui.inspect_run.described import shared_run
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.report_button import chosen_on_page, report_button
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet

_RUNS_OFFERED = 12


def open_run(title: str, intro: str) -> StoredRun | None:
    """Draw the page's title and the run in view; None (and what to do instead) when there is none."""
    st.title(title, anchor=False)
    quiet(intro)
    handle = _handle()
    if handle is None:
        _offer("Which clip do you want to look at?")
        return None
    try:
        manifest = _store().manifest(handle)
        _store().check(handle)
    except StorageError as error:
        show_fault(error, handle)
        _offer("Look at another one")
        return None
    run = shared_run(_store(), handle, manifest)
    with st.container(horizontal=True, vertical_alignment="center"):
        sampling = manifest["sampling"]
        st.markdown(
            f"**{plain(manifest['clip']['name'])}** · {run.frames} frames, "
            f"{sampling['start_s']:.2f} to {sampling['end_s']:.2f} s"
        )
        st.space("stretch")
        # The page's own choices come below; at its end the link opens the player in their view.
        link = st.empty()
        _link_watch(link, handle, {})
        url_state.at_end(lambda: _link_watch(link, handle, url_state.in_view()))
        report_button(handle, manifest["clip"]["name"], chosen_on_page)
        with st.popover("Other clips", icon=":material/movie:"):
            _choose(handle)
    return run


def _link_watch(place: DeltaGenerator, handle: str, view: Mapping[str, str]) -> None:
    # The strongest head at each patch, which only the player shows.
    strongest = {"head": "max"} if shared_view.parameters().get("head") == "max" else {}
    place.page_link(
        page_file("inspect", "watch"),
        label="Open in Watch",
        icon=":material/smart_display:",
        query_params=session.link_parameters(handle, {**view, **strongest}),
    )


def _handle() -> str | None:
    """Return the handle in the URL; else the session's handle, which is then written into the URL."""
    handle = st.query_params.get("run")
    if handle:
        if session.remembered() != handle:
            session.remember(handle)
        return str(handle)
    known = session.remembered()
    if known is not None:
        url_state.name_run(known)
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
    """Offer the visitor's runs as buttons, except for the current one."""
    try:
        mine = _store().list(current_owner())
        runs = [run for run in mine if run.handle != current and not run.fault]
    except FixvizError as error:
        fail(error)
        return
    if not runs:
        quiet("You have no other analyzed clips." if current else "You have no analyzed clips yet.")
    for run in runs[:_RUNS_OFFERED]:
        st.button(
            f"{plain(run.title)} · {run.frames} frames",
            key=f"look-at-{run.handle}",
            on_click=_take,
            args=(run.handle,),
            width="stretch",
        )
    if len(runs) > _RUNS_OFFERED:
        quiet(f"{len(runs) - _RUNS_OFFERED} more are in the Library.")


def _take(handle: str) -> None:
    url_state.reset(*shared_view.OF_A_RUN)
    session.remember(handle)
    st.query_params["run"] = handle


def _store() -> Store:
    return services().store
