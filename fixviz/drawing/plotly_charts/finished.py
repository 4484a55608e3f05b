"""Plotly figures as finished JSON, which is kept and shown again without drawing anew."""

from __future__ import annotations

import json
from typing import Any

from plotly.basedatatypes import BaseFigure
from plotly.io import to_json


def finished(figure: BaseFigure) -> dict[str, Any]:
    """Return a drawn figure as plain JSON."""
    content: dict[str, Any] = json.loads(to_json(figure, validate=False))
    return content


class Finished(BaseFigure):  # type: ignore[misc]
    """Stand for a figure of which the JSON is known; nothing of it can be read or changed.

    Plotly and Streamlit take the JSON of a figure from `to_dict`, and would check and copy a dictionary
    value by value, which takes longer than the rest of a page.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        # BaseFigure would begin to draw.
        object.__setattr__(self, "_content", content)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON."""
        content: dict[str, Any] = object.__getattribute__(self, "_content")
        return content
