"""The start page: the living picture, one sentence, three ways in."""

from __future__ import annotations

import streamlit as st

from fixviz.start.body import STYLES, WAYS, body
from fixviz.ui import language, session, urls
from fixviz.ui.address_bar import OF_WATCH
from fixviz.ui.pages import page_file

_KEY = "start"
_FILES: dict[str, tuple[str, str]] = {
    "sample": ("inspect", "watch"),
    "own": ("inspect", "watch"),
    "lesson": ("learn", "course"),
}
# The line breaks keep Streamlit from taking the code for the name of a file.
_BOOTSTRAP = """
export default async function (component) {
  const { main } = component.data;
  const { mount } = await import(new URL(main, window.location.href).href);
  return mount(component);
}
"""
_start = st.components.v2.component("fixviz_start", css=STYLES, js=_BOOTSTRAP)


def show() -> None:
    """Draw the page, and go where somebody wants to."""
    parameters = st.query_params.to_dict()
    if any(name in parameters for name in OF_WATCH):
        st.switch_page(page_file("inspect", "watch"), query_params=parameters)
    code = language.current()
    wanted = _start(
        key=_KEY,
        data={
            "main": f"{urls.start()}/main.js",
            "language": code,
            "html": body(code, urls.start_links()),
        },
        on_way_change=lambda: None,
    ).way
    if wanted in WAYS:
        _go(wanted)


def _go(way: str) -> None:
    if way == "own":
        # The page would show the run that the session had open.
        session.close_run()
    section, name = _FILES[way]
    st.switch_page(page_file(section, name), query_params=WAYS[way][1])
