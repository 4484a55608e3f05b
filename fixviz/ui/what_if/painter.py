"""Draw a frame on a canvas on which patches are hidden by painting."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import streamlit as st

from fixviz.reading.run import StoredRun, patch_size
from fixviz.ui import urls

_FILES: Final = Path(__file__).resolve().parent / "static"
_HTML: Final = """
<div class="painter">
  <canvas tabindex="0" role="application" aria-roledescription="grid of patches"></canvas>
  <div class="says" aria-live="polite"></div>
</div>
"""

_painter = st.components.v2.component(
    "fixviz_painter",
    html=_HTML,
    css=(_FILES / "painter.css").read_text(encoding="utf-8"),
    js=(_FILES / "painter.js").read_text(encoding="utf-8"),
)


def painter(
    run: StoredRun,
    entry: dict[str, Any],
    frame: int,
    cells: Iterable[int],
    *,
    fill: str,
    key: str,
    on_change: Callable[[], None],
) -> None:
    """Draw the frame with the model's patches; on_change is called once somebody has painted.

    cells: numbers of the hidden patches, counted row by row. `painted(key)` then returns the new ones.
    """
    grid = entry["grid"]
    down, across = patch_size(entry)
    display = run.manifest["display"]
    numbers = sorted(cells)
    sha = run.manifest["files"][f"frame/{frame:04d}"]["sha"]
    _painter(
        key=key,
        data={
            "picture": f"{urls.run(run.handle)}/artifacts/{sha}",
            "width": display["width"],
            "height": display["height"],
            "rows": grid["rows"],
            "columns": grid["columns"],
            "cell_width": across,
            "cell_height": down,
            "cells": numbers,
            "token": hashlib.sha256(str(numbers).encode()).hexdigest()[:16],
            "fill": fill,
            "label": (
                f"Frame {frame}, {grid['rows']} by {grid['columns']} patches, {len(numbers)} hidden. "
                "Arrow keys move, space hides or shows a patch."
            ),
        },
        on_cells_change=on_change,
    )


def painted(key: str, entry: dict[str, Any]) -> list[tuple[int, int]]:
    """Return rows and columns of the patches that the canvas has sent, without those off the grid."""
    rows, columns = entry["grid"]["rows"], entry["grid"]["columns"]
    sent = (st.session_state.get(key) or {}).get("cells") or []
    numbers = {n for n in sent if type(n) is int and 0 <= n < rows * columns}
    return [divmod(number, columns) for number in sorted(numbers)]
