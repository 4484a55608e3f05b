"""The frame around all pages: title, sections and navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz import metrics, resources
from fixviz.ui import damaged_run, incidents, language, session, url_state, warm_up
from fixviz.ui.pages import page_file
from fixviz.ui.security import login
from fixviz.ui.tables import show_where_tables_go_on
from fixviz.ui.watch.component import listener

HERE = Path(__file__).resolve().parent

# Icons of all pages but the start page, by section and name.
SECTIONS = {
    "learn": {
        "course": "school",
        "teach_a_model": "emoji_objects",
        "glossary": "dictionary",
        "teach": "cast_for_education",
    },
    "inspect": {
        "watch": "smart_display",
        "concentration": "center_focus_strong",
        "fixation": "tune",
        "neighborhood": "explore",
        "attribution": "target",
        "what_if": "experiment",
        "compare": "compare_arrows",
    },
    "measure": {"cost": "timer", "benchmark": "scatter_plot"},
    "manage": {"library": "video_library", "models": "deployed_code"},
}
# URL paths of the pages whose own texts are in the visitor's language; the others are in English.
TRANSLATED = ("", "course", "teach_a_model", "glossary", "teach")

st.set_page_config(
    page_icon=str(resources.brand() / "icon.svg"),
    layout="wide",
    initial_sidebar_state=240,
)

st.logo(
    str(resources.brand() / "logo.svg"),
    size="large",
    icon_image=str(resources.brand() / "icon.svg"),
)


def _page(section: str | None, name: str, icon: str) -> st.Page:
    """Return a page with its title in the visitor's language. Its URL is the same in all of them."""
    return st.Page(
        page_file(section, name),
        title=language.text(f"pages.{name}.title"),
        icon=f":material/{icon}:",
        help=language.text(f"pages.{name}.help"),
        default=section is None,
    )


page = st.navigation(
    {
        "": [_page(None, "start", "home")],
        **{
            language.text(f"sections.{section}"): [
                _page(section, name, icon) for name, icon in pages.items()
            ]
            for section, pages in SECTIONS.items()
        },
    },
    # Streamlit hides the last of many pages otherwise.
    expanded=True,
)
# Tabs, bookmarks and the history of the browser tell the pages apart by what comes first.
st.set_page_config(page_title=f"{page.title} · fixviz")
st.html(HERE / "shell.css")
show_where_tables_go_on()
with st.sidebar:
    translated = page.url_path in TRANSLATED
    language.control(language.current() if translated else language.ENGLISH)
    if login.is_configured():
        st.button(
            language.text("login.out"), icon=":material/logout:", key="log_out", on_click=st.logout
        )
url_state.begin(page.url_path)
with incidents.told(page.url_path or "start"):
    with metrics.page(page.url_path), damaged_run.told():
        page.run()
    url_state.end()
listener(session.note_view)
warm_up.note_page_shown()
