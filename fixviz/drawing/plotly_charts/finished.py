"""The JSON of a Plotly figure as Plotly and Streamlit take it, without being checked and copied."""

from __future__ import annotations

from typing import Any

from plotly.basedatatypes import BaseFigure


class Finished(BaseFigure):  # type: ignore[misc]
    """Stand for a figure of which the JSON is known; nothing of it can be read or changed.

    Plotly and Streamlit take the JSON of a figure from `to_dict`. A dictionary they would check and copy
    value by value, which takes longer than the rest of a page.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        # BaseFigure would begin to draw.
        object.__setattr__(self, "_content", content)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON."""
        content: dict[str, Any] = object.__getattribute__(self, "_content")
        return content
