"""What a report is asked to show, checked against the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from fixviz.errors import OptionError
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun
from fixviz.reading.views import View
from fixviz.store.keys import is_handle


@dataclass(frozen=True)
class ReportOptions:
    """Which view the figures show, and what the author says; None leaves the choice to the report."""

    axis: str | None = None
    """temporal, spatial or joint; else spatial where there is one."""
    layer: int | None = None
    """Counted from 0; else the last one that all models have."""
    head: int | None = None
    """Counted from 0; else the mean of heads."""
    frame: int | None = None
    """Counted from 0; else the one on which the run opens."""
    title: str = ""
    author: str = ""
    notes: str = ""

    @classmethod
    def of_parameters(cls, named: Mapping[str, str]) -> ReportOptions:
        """Return the view that query parameters name; those that name none are left out."""
        count = {
            name: int(named[name])
            for name in ("layer", "head", "frame")
            if named.get(name, "").isascii() and named.get(name, "").isdecimal()
        }
        return cls(named.get("axis"), count.get("layer"), count.get("head"), count.get("frame"))


def view_of(run: StoredRun, options: ReportOptions) -> View:
    """Return the view that the figures show. Raises OptionError for one that no model of the run has."""
    axes = list(dict.fromkeys(axis for entry in run.models for axis in entry["axes"]))
    axis = options.axis or ("spatial" if "spatial" in axes else axes[0])
    if axis not in axes:
        raise OptionError(f"This run has no {axis} attention; it has {' and '.join(axes)}.")
    entries = [entry for entry in run.models if axis in entry["axes"]]
    _check("layer", options.layer, max(entry["layers"] for entry in entries))
    _check("head", options.head, max(entry["heads"] for entry in entries))
    _check("frame", options.frame, run.frames)
    layer = (
        min(entry["layers"] for entry in entries) - 1 if options.layer is None else options.layer
    )
    frame = opening_frame(run.manifest) if options.frame is None else options.frame
    view = View(run, axis, layer, options.head, frame)
    if not view.models:
        raise OptionError(f"No model of this run has layer {layer} and head {options.head}.")
    return view


def _check(name: str, value: int | None, count: int) -> None:
    if value is not None and not 0 <= value < count:
        raise OptionError(f"This run has no {name} {value}; {name}s go from 0 to {count - 1}.")


def read_link(text: str) -> tuple[str, ReportOptions]:
    """Return handle and view from a handle or from a link to a run. Raises OptionError."""
    text = text.strip()
    parts = urlsplit(text)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    places = [query.get("run", ""), *reversed(parts.path.split("/"))]
    handle = next((place for place in places if is_handle(place)), None)
    if handle is None:
        raise OptionError(
            f"{text[:80]!r} names no run; give the handle that fixviz analyze printed, or the link of "
            "a page that shows the run."
        )
    return handle, ReportOptions.of_parameters(query)
