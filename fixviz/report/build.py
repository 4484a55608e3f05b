"""A stored run as one HTML file: pictures and charts inside, no script, nothing fetched from anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fixviz.drawing.markup import Html, join, tag
from fixviz.reading.run import StoredRun
from fixviz.report.attention import pictures
from fixviz.report.attribution import attribution
from fixviz.report.closing import definitions, exactness, reproduce
from fixviz.report.concentration import concentration
from fixviz.report.fixation import fixation
from fixviz.report.neighborhood import neighborhood
from fixviz.report.opening import clip, header, predictions
from fixviz.report.options import ReportOptions, view_of
from fixviz.report.sheet import Sheet
from fixviz.report.style import STYLE
from fixviz.report.what_if import what_if
from fixviz.store import Store
from fixviz.version import __version__

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
"""Policy with which the browser itself refuses to fetch or run anything."""
_NAMES: Final = {
    "clip": "Clip and models",
    "predictions": "Predictions",
    "pictures": "Where attention goes",
    "concentration": "Concentration",
    "fixation": "Fixation",
    "neighborhood": "Neighborhood",
    "attribution": "Attribution",
    "what-if": "What if",
    "exactness": "Exactness",
    "definitions": "Definitions",
    "reproduce": "To make it again",
}


def build_report(store: Store, handle: str, options: ReportOptions | None = None) -> str:
    """Write the report of a run as HTML. Sections whose data the run lacks are left out.

    The report does not contain the handle, because whoever has the handle can open the run. Raises
    RunNotFound, StorageError, and OptionError for a view that the run does not have.
    """
    options = options or ReportOptions()
    run = StoredRun.open(store, handle)
    view = view_of(run, options)
    sheet = Sheet()
    parts = {
        "clip": clip(sheet, view),
        "predictions": predictions(sheet, view),
        "pictures": pictures(sheet, view),
        "concentration": concentration(sheet, view),
        "fixation": fixation(sheet, view),
        "neighborhood": neighborhood(sheet, view, run),
        "attribution": attribution(sheet, run),
        "what-if": what_if(sheet, view, run),
        "exactness": exactness(sheet, view),
    }
    parts["definitions"] = definitions(sheet)
    parts["reproduce"] = reproduce(view, run, options)
    there = {name: part for name, part in parts.items() if part}
    top = header(view, options)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    body = tag(
        "div",
        top,
        _contents(list(there)),
        tag("main", *there.values()),
        tag("footer", tag("p", f"Report made with fixviz {__version__} on {made}.")),
        class_="page",
    )
    title = options.title.strip() or f"Attention on {run.manifest['clip']['name']}"
    return _document(title, body)


def _contents(names: list[str]) -> Html:
    entries = [tag("li", tag("a", _NAMES[name], href=f"#{name}")) for name in names]
    return tag("nav", tag("ul", *entries), aria_label="Contents")


def _document(title: str, body: Html) -> str:
    head = join(
        [
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("link", rel="icon", href="data:,"),
            tag("title", title),
            tag("style", Html(STYLE)),
        ]
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
