"""The course: a components.v2 component of plain JavaScript modules.

Streamlit passes only URLs, the language and the run. The browser fetches the modules, the texts and the
data from the routes, and goes from lesson to lesson by itself: the place is in the URL (`lesson`, `step`),
which this page never writes.
"""

from __future__ import annotations

from fixviz.course import shipped
from fixviz.course.words import read_words
from fixviz.ui import urls
from fixviz.ui.module_component import module_component

_KEY = "course"

_course = module_component("fixviz_course")


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
            "sample": shipped.sample(),
        },
    )
