"""The course: a components.v2 component of plain JavaScript modules.

Streamlit passes only URLs, the language and the run. The browser fetches the modules, the texts and the
data from the routes, and goes from lesson to lesson by itself: the place is in the URL (`lesson`, `step`),
which this page never writes.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.course import shipped
from fixviz.course.words import read_words
from fixviz.ui import urls

_KEY = "course"

# The line breaks keep Streamlit from taking the code for the name of a file.
_BOOTSTRAP = """
export default async function (component) {
  const { modules } = component.data;
  const { mount } = await import(new URL(modules + "/main.js", window.location.href).href);
  return mount(component);
}
"""

_course = st.components.v2.component("fixviz_course", js=_BOOTSTRAP)


def course(language: str, handle: str | None) -> None:
    """Show the course in a language, on a run of the visitor's own or the one that comes with fixviz."""
    _course(
        key=_KEY,
        data={
            "modules": urls.course(),
            "base": urls.course_data(),
            "language": language,
            "run": handle,
            "runBase": urls.run(handle) if handle else None,
            "glossary": urls.page("glossary"),
            "watch": urls.page("watch"),
            "words": read_words(language),
            "sample": Path(shipped.run().manifest["clip"]["name"]).stem,
        },
    )
