"""Charts that say what they show and can be taken away: as a table, as data, as a drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fixviz.reading.picture_sheet import Row, picture_sheet
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale
from fixviz.reading.tables import Table, to_csv, to_json
from fixviz.ui.inspect_run.chart_files import chart_files
from fixviz.ui.inspect_run.pictures import color_bar
from fixviz.ui.text import quiet

_COLORS = {
    "light": ("#0072B2", "#C2500A", "#00815F", "#A85489", "#5B6770"),
    "dark": ("#56B4E9", "#F0A35E", "#2FC79B", "#E39AC4", "#A3B1BA"),
}


def figure(
    chart: go.Figure,
    *,
    key: str,
    name: str,
    caption: str,
    table: Table,
    details: str = "",
    alt: str | None = None,
    height: int = 320,
    selectable: bool = False,
) -> Any:
    """Draw `chart` with its caption and its files to save; where `selectable`, return what is selected.

    name: the files' name without ending. caption: what the figure shows (checkpoint, layer, head,
    axis, frame, scale), which travels with the downloads. details: what the page says elsewhere and the
    downloads say as well. alt: the picture in words, for screen
    readers; the caption where there is none.
    """
    chart.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 28, "b": 8}, legend=_LEGEND, hovermode="closest"
    )
    config = {
        "displaylogo": False,
        "toImageButtonOptions": {"format": "png", "scale": 3, "filename": name},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    options: dict[str, Any] = {"key": key, "config": config, "alt": alt or caption}
    selection = (
        st.plotly_chart(chart, **options, on_select="rerun", selection_mode="points")
        if selectable
        else st.plotly_chart(chart, **options)
    )
    captioned(key, name, caption, table, details=details, chart=True)
    return selection


_LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}


def captioned(
    key: str,
    name: str,
    caption: str,
    table: Table,
    *,
    details: str = "",
    chart: bool = False,
    picture: Callable[[], bytes] | None = None,
) -> None:
    """The caption below a figure, and beside it the menu that saves the figure; see `downloads`."""
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="stretch"):
            quiet(caption)
        whole = f"{caption} {details}".strip()
        downloads(key, name, whole, table, chart=chart, picture=picture)


def maps_legend(
    scale: Scale,
    label: str,
    rows: Callable[[], Sequence[Row]],
    *,
    key: str,
    name: str,
    caption: str,
    table: Table,
) -> None:
    """Below maps: what their colors mean, and the menu that saves them as one picture and as numbers.

    label: what the numbers of the scale are. rows: the maps in full resolution, made when asked for.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        color_bar(scale, label)
        st.space("stretch")
        downloads(
            *(key, name, caption, table),
            picture=lambda: picture_sheet(rows(), [(scale, label)], caption),
        )


def downloads(
    key: str,
    name: str,
    caption: str,
    table: Table,
    *,
    chart: bool = False,
    picture: Callable[[], bytes] | None = None,
) -> None:
    """A small menu that saves a figure: its picture, and `table` as CSV or as JSON with the caption.

    chart: whether a chart drawn with this `key` can be saved as PNG and SVG. picture: makes a PNG
    file of pictures; called when somebody asks for it.
    """
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"{key}-save"):
        if chart:
            chart_files(key, name, caption)
        if picture is not None:
            st.download_button(
                "Picture as PNG",
                picture,
                f"{name}.png",
                "image/png",
                key=f"{key}-png",
                on_click="ignore",
                width="stretch",
            )
        st.download_button(
            "Numbers as CSV",
            lambda: to_csv(table, caption),
            f"{name}.csv",
            "text/csv",
            key=f"{key}-csv",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Numbers as JSON",
            lambda: to_json(table, caption),
            f"{name}.json",
            "application/json",
            key=f"{key}-json",
            on_click="ignore",
            width="stretch",
        )


def palette() -> tuple[str, ...]:
    """Colors of the theme in use, told apart with every common kind of color vision."""
    return _COLORS["dark" if st.context.theme.type == "dark" else "light"]


def model_color(run: StoredRun, name: str) -> str:
    """The color of a model, the same on all pages."""
    names = [entry["name"] for entry in run.models]
    colors = palette()
    return colors[names.index(name) % len(colors)]
