"""Choosing what to compare: a published data set, or runs of the visitor's library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fixviz.comparison import texts
from fixviz.comparison.choosing import SHIPPED, published, title_of
from fixviz.comparison.runs import MOST_RUNS
from fixviz.comparison.source import Source
from fixviz.errors import FixvizError, RunNotFound, StorageError
from fixviz.ui.compare import kept
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.text import fail, quiet, warn
from fixviz.ui.url_state import one_of, several

RUNS: Final = "runs"
_OFFERED: Final = 12
"""Runs that are compared until somebody chooses others."""


def choose(row: DeltaGenerator) -> Source | None:
    """Draw the choice of clips and return it; None, and what to do instead, where there is nothing yet.

    row: where the choice stands; runs and messages stand below.
    """
    there = published(services().settings)
    # Those of the server come before the one that comes with fixviz.
    options = [*sorted(there, key=lambda name: name == SHIPPED), RUNS]
    named = st.query_params.get("set")
    if named not in (None, *options):
        warn(f"There is no data set '{named}' on this server, so another one is shown.")
    name = row.selectbox(
        "Clips",
        options,
        format_func=lambda name: "Your analyzed clips" if name == RUNS else title_of(name),
        help=texts.CLIPS_HELP,
        **one_of("compare_set", "set", options, options[0], always=True),
    )
    try:
        return kept.data_set(name) if name != RUNS else _runs()
    except FixvizError as error:
        fail(error)
        return None


def _runs() -> Source | None:
    """Draw the choice of runs: the visitor's own, and those that the link names."""
    known = _known()
    if not known:
        _nothing()
        return None
    chosen = st.multiselect(
        "Runs",
        list(known),
        format_func=known.__getitem__,
        max_selections=MOST_RUNS,
        help="Your analyzed clips, the newest first. A link to this page opens the runs that are chosen.",
        **several("compare_runs", "runs", list(known), list(known)[:_OFFERED], always=True),
    )
    if len(chosen) < 2:
        _nothing()
        return None
    return kept.of_runs(chosen)


def _known() -> Mapping[str, str]:
    """Return names of runs by handle: those of the link first, then the visitor's own."""
    store = services().store
    try:
        own = {run.handle: run.title for run in store.list(current_owner()) if not run.fault}
    except StorageError as error:
        fail(error)
        own = {}
    linked = {}
    for handle in st.query_params.get("runs", "").split(".")[:MOST_RUNS]:
        if handle and handle not in own:
            try:
                linked[handle] = str(store.manifest(handle)["clip"]["name"])
            except RunNotFound:
                warn("A run of this link is not there any more, so it is left out.")
            except StorageError as error:
                fail(error)
    return {**linked, **own}


def _nothing() -> None:
    """Say what to do where there are fewer than two runs."""
    st.info(texts.TOO_FEW, icon=":material/info:")
    with st.container(horizontal=True):
        st.page_link(
            page_file("inspect", "watch"),
            label="Analyze clips in Watch",
            icon=":material/smart_display:",
        )
        if SHIPPED in published(services().settings):
            st.page_link(
                page_file("inspect", "compare"),
                label="Compare the clips that come with fixviz",
                icon=":material/compare_arrows:",
                query_params={"set": SHIPPED},
            )
    quiet(texts.MANY)
