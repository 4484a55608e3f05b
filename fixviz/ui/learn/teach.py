"""The teacher's page: a components.v2 component of plain JavaScript modules.

Streamlit passes only URLs, words and names. Links, QR codes, worksheets and the results of a class are made
in the browser, and nothing comes back: the view is in the URL (`view`, `lesson`, `plan`), which this page
never writes.
"""

from __future__ import annotations

from fixviz.course import shipped
from fixviz.course.words import read_words
from fixviz.reading.samples import samples
from fixviz.ui import language, urls
from fixviz.ui.module_component import module_component

_KEY = "teach"

_teach = module_component("fixviz_teach")


def show() -> None:
    """Draw the page in the visitor's language."""
    code = language.current()
    words = read_words(code)
    _teach(
        key=_KEY,
        data={
            "modules": urls.teach(),
            "base": urls.course_data(),
            "language": code,
            "words": words,
            "sample": shipped.sample(),
            "samples": [{"name": sample.name, "title": sample.title} for sample in samples()],
            "models": [
                {"name": model["name"], "title": model["title"]} for model in shipped.run().models
            ],
            "advice": words["teach_address_app"],
            "urls": {
                "start": urls.page(""),
                **{name: urls.page(name) for name in ("course", "watch", "glossary", "teach")},
            },
        },
    )
