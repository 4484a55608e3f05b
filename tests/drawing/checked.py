"""Charts as Plotly's own classes have them, which check every name and value."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from fixviz.drawing import plotly_charts


def plotly_chart(chart: Any, palette: Sequence[str]) -> go.Figure:
    """The chart; ValueError for a name or a value that Plotly does not know."""
    return go.Figure(_unpacked(plotly_charts.plotly_chart(chart, palette)))


def _unpacked(value: Any) -> Any:
    """Typed arrays as arrays, which Plotly keeps packed."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        return array.reshape([int(n) for n in value.get("shape", "-1").split(",")])
    if isinstance(value, dict):
        return {name: _unpacked(item) for name, item in value.items()}
    return [_unpacked(item) for item in value] if isinstance(value, list) else value
