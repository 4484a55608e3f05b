"""Charts have the room that their texts need, so that Plotly draws them once."""

from __future__ import annotations

import numpy as np

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.reading.figures.figure import Cells
from fixviz.reading.scales import Scale

PALETTE = PALETTES["light"]


def margins(chart: object) -> dict[str, int]:
    found: dict[str, int] = plotly_chart(chart, PALETTE)["layout"]["margin"]
    return found


def test_longer_names_of_rows_get_more_room() -> None:
    short, long = (
        Cells(np.eye(2), Scale(0.0, 1.0), [name, "b"], ["0", "1"], "")
        for name in ("a", "layer 10, head 11")
    )
    assert margins(long)["l"] - margins(short)["l"] in (86, 87)  # 16 letters of 5.4 pixels
    assert margins(long)["b"] == margins(short)["b"]


def test_a_scale_beside_cells_and_titles_of_axes_get_room() -> None:
    plain = margins(Cells(np.eye(2), Scale(0.0, 1.0), ["0", "1"], ["0", "1"], ""))
    scale = margins(Cells(np.eye(2), Scale(0.0, 1.0), ["0", "1"], ["0", "1"], "share"))
    titles = {"row_title": "Layer", "column_title": "Head"}
    title = margins(Cells(np.eye(2), Scale(0.0, 1.0), ["0", "1"], ["0", "1"], "", **titles))
    assert scale["r"] > plain["r"] + 70
    assert title["l"] > plain["l"] + 20 and title["b"] > plain["b"] + 20
