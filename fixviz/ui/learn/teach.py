"""The teacher's page: a components.v2 component of plain JavaScript modules.

Streamlit passes only URLs, words and names. Links, QR codes, worksheets and the results of a class are made
in the browser, and nothing comes back: the view is in the URL (`view`, `lesson`, `plan`), which this page
never writes.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.course import shipped
from fixviz.course.words import read_words
from fixviz.reading.samples import samples
from fixviz.ui import language, urls

_KEY = "teach"

# The line breaks keep Streamlit from taking the code for the name of a file.
_BOOTSTRAP = """
export default async function (component) {
  const { modules } = component.data;
  const { mount } = await import(new URL(modules + "/teach/main.js", window.location.href).href);
  return mount(component);
}
"""

_teach = st.components.v2.component("fixviz_teach", js=_BOOTSTRAP)


def show() -> None:
    """Draw the page in the visitor's language."""
    code = language.current()
    run = shipped.run()
    _teach(
        key=_KEY,
        data={
            "modules": urls.modules(),
            "base": urls.course_data(),
            "language": code,
            "words": read_words(code),
            "sample": Path(run.manifest["clip"]["name"]).stem,
            "samples": [{"name": sample.name, "title": sample.title} for sample in samples()],
            "models": [{"name": model["name"], "title": model["title"]} for model in run.models],
            "urls": {
                "start": urls.page(""),
                **{name: urls.page(name) for name in ("course", "watch", "glossary", "teach")},
            },
        },
    )
