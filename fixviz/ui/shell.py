"""The frame around all pages: title, sections and navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.ui import session, url_state
from fixviz.ui.pages import page_file
from fixviz.ui.tables import show_where_tables_go_on
from fixviz.ui.watch.component import listener

HERE = Path(__file__).resolve().parent

st.set_page_config(
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=240,
)

st.logo(str(HERE / "logo.svg"), size="large", icon_image=str(HERE / "icon.svg"))
page = st.navigation(
    {
        "Inspect": [
            # The server leads from / to /watch, so that links to Watch can name it.
            st.Page(page_file(None, "home"), title="Watch", default=True, visibility="hidden"),
            st.Page(
                page_file("inspect", "watch"),
                title="Watch",
                icon=":material/smart_display:",
                help="Three kinds of attention side by side on a clip of your own.",
            ),
            st.Page(
                page_file("inspect", "concentration"),
                title="Concentration",
                icon=":material/center_focus_strong:",
                help="On how few patches attention lies, and whether it lies on what decides the class.",
            ),
            st.Page(
                page_file("inspect", "fixation"),
                title="Fixation",
                icon=":material/tune:",
                help="Where the fixation ratios are high, what they are made of, and what they do.",
            ),
            st.Page(
                page_file("inspect", "neighborhood"),
                title="Neighborhood",
                icon=":material/explore:",
                help="What keys and values read from their neighbors, and what changes without them.",
            ),
            st.Page(
                page_file("inspect", "attribution"),
                title="Attribution",
                icon=":material/target:",
                help="Which patches the answer depends on, and whether such maps can be trusted.",
            ),
            st.Page(
                page_file("inspect", "what_if"),
                title="What if",
                icon=":material/experiment:",
                help="Change the network or the clip, run it again, and compare.",
            ),
        ],
        "Manage": [
            st.Page(
                page_file("manage", "library"),
                title="Library",
                icon=":material/video_library:",
                help="Your analyzed clips: open, rename or delete them.",
            ),
            st.Page(
                page_file("manage", "models"),
                title="Models",
                icon=":material/deployed_code:",
                help="The models that come with fixviz: how they are built and how well they do.",
            ),
        ],
    }
)
# Tabs, bookmarks and the history of the browser tell the pages apart by what comes first.
st.set_page_config(page_title=f"{page.title} · fixviz")
st.html(HERE / "shell.css")
show_where_tables_go_on()
url_state.begin(page.url_path)
page.run()
url_state.end()
listener(session.note_view)
