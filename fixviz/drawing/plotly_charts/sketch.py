"""A Plotly figure as plain JSON: traces and layout, which Plotly's classes would check value by value.

Building a chart with those classes takes twenty times as long. The tests let them check every kind of
chart instead.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.io

_ENDS: Final = {"yref": "y domain", "y0": 0, "y1": 1}
"""From the bottom of the chart to its top."""


class Sketch:
    """Traces and layout, with the names and values of Plotly's JSON; None stands for what is not set."""

    def __init__(self, **layout: Any) -> None:
        self._traces: list[dict[str, Any]] = []
        self._layout: dict[str, Any] = {}
        self.lay_out(**layout)

    @property
    def traces(self) -> Sequence[dict[str, Any]]:
        """The traces so far."""
        return self._traces

    def part(self, name: str) -> dict[str, Any]:
        """Return a part of the layout, such as an axis; an empty one where nothing of it is set."""
        found: dict[str, Any] = self._layout.get(name) or {}
        return found

    def shows_legend(self) -> bool:
        """Tell whether Plotly adds a legend: where it is asked to, else where two traces belong into one."""
        asked = self._layout.get("showlegend")
        if asked is not None:
            return bool(asked)
        named = [trace for trace in self._traces if trace["type"] != "heatmap"]
        return sum(trace.get("showlegend") is not False for trace in named) > 1

    def add(self, kind: str, **trace: Any) -> None:
        """Add a trace. kind: as Plotly calls it, such as "scatter"."""
        self._traces.append({**trace, "type": kind})

    def lay_out(self, **values: Any) -> None:
        """Set values of the layout; those of a part of it, such as an axis, join what it has."""
        for name, value in values.items():
            known = self._layout.get(name)
            if isinstance(known, dict) and isinstance(value, dict):
                value = {**known, **value}
            self._layout[name] = value

    def add_shape(self, kind: str, **shape: Any) -> None:
        """Add a shape in the coordinates of the axes. kind: "rect" or "line"."""
        self._layout.setdefault("shapes", []).append(
            {"xref": "x", "yref": "y", **shape, "type": kind}
        )

    def add_line_at(self, x: float, **line: Any) -> None:
        """Add a vertical line over the whole height."""
        self.add_shape("line", x0=x, x1=x, line=line, **_ENDS)

    def add_band(self, x0: float, x1: float, title: str, **shape: Any) -> None:
        """Add a band over the whole height, with its title at the lower left."""
        self.add_shape("rect", x0=x0, x1=x1, **shape, **_ENDS)
        note = {"text": title, "font": {"size": 11}, "showarrow": False, "x": x0, "y": 0}
        note |= {"xref": "x", "yref": "y domain", "xanchor": "left", "yanchor": "bottom"}
        self._layout.setdefault("annotations", []).append(note)

    def content(self) -> dict[str, Any]:
        """Return the figure as JSON, with the template of colors that Plotly now has as its default."""
        name = plotly.io.templates.default
        template = plotly.io.templates[name].to_plotly_json() if name else None
        found: dict[str, Any] = _plain(
            {"data": self._traces, "layout": {"template": template, **self._layout}}
        )
        return found


def _plain(value: Any) -> Any:
    """Return a value as JSON: arrays of floats as Plotly's typed arrays, no number for an undefined one."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, np.ndarray):
        if value.dtype not in (np.float32, np.float64):
            return _plain(value.tolist())
        whole = np.ascontiguousarray(value)
        data = base64.b64encode(whole.tobytes()).decode()
        packed = {"dtype": f"f{value.dtype.itemsize}", "bdata": data}
        return packed if value.ndim == 1 else {**packed, "shape": ", ".join(map(str, value.shape))}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
