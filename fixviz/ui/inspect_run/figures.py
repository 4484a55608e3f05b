"""Described figures on a page: drawn, with their caption, what follows from them, and files to save."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.reading.figures.figure import Chart, Figure, Maps, Panels
from fixviz.reading.mosaic import png
from fixviz.reading.picture_sheet import maps_sheet
from fixviz.reading.tables import to_csv, to_json
from fixviz.ui.inspect_run.chart_files import chart_files
from fixviz.ui.inspect_run.pictures import color_bar
from fixviz.ui.text import conclude, quiet


def show(figure: Figure, *, selectable: bool = False, across: int = 280) -> list[Any]:
    """Draw a figure with all that belongs to it, under keys that begin with its name.

    selectable: whether points can be clicked; what was selected is returned, for each chart of the
    figure. across: width in pixels below which charts side by side wrap.
    """
    selected: list[Any] = []
    charts: dict[str, str] = {}
    match figure.chart:
        case None:
            _table(figure)
        case Maps() as maps:
            _maps(maps)
        case Panels() as panels:
            with st.grid("auto", min_column_width=across, gap="medium"):
                for number, panel in enumerate(panels.panels):
                    key = f"{figure.name}-{number}"
                    charts[key] = panel.title
                    with st.container():
                        st.markdown(f"**{panel.title}**")
                        selected.append(_chart(panel.chart, key, panel.alt, selectable))
            if panels.scale is not None:
                color_bar(*panels.scale)
        case chart:
            charts[figure.name] = ""
            selected.append(_chart(chart, figure.name, figure.alt, selectable))
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="stretch"):
            quiet(figure.caption)
        _save(figure, charts)
    for warning in figure.warnings:
        quiet(f":material/warning: {warning}")
    if figure.follows:
        conclude(figure.follows)
    return selected


def _chart(chart: Chart, key: str, alt: str, selectable: bool) -> Any:
    drawn = plotly_chart(chart, palette())
    options: dict[str, Any] = {"key": key, "alt": alt, "config": {"displaylogo": False}}
    options["config"] |= {"modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
    if not selectable:
        return st.plotly_chart(drawn, **options)
    return st.plotly_chart(drawn, **options, on_select="rerun", selection_mode="points")


def _table(figure: Figure) -> None:
    """Draw the numbers of a table: four digits, or four decimals where all are small."""
    numbers = {}
    for name, values in figure.table.items():
        if any(isinstance(value, float) for value in values):
            form = "%.4g" if any(abs(value) >= 10 for value in values) else "%.4f"
            help_ = figure.help.get(name)
            numbers[name] = st.column_config.NumberColumn(format=form, help=help_)
    st.dataframe(
        figure.table, hide_index=True, height="content", column_config=numbers, alt=figure.alt
    )


def _maps(maps: Maps) -> None:
    for row in maps.rows:
        if row.title:
            st.markdown(f"**{row.title}**")
        with st.container(horizontal=True, gap="small"):
            for picture in row.pictures:
                with st.container(width=maps.width, gap="xsmall"):
                    st.image(_quick(picture.image), width="stretch", alt=picture.alt)
                    if picture.label:
                        quiet(picture.label)
    with st.container(horizontal=True, gap="medium"):
        for scale, label in maps.scales:
            with st.container(width=420 if len(maps.scales) == 1 else 270):
                color_bar(scale, label)


def _quick(image: NDArray[np.uint8]) -> NDArray[np.uint8] | bytes:
    """Compress a large picture with transparent parts lightly, which takes a fraction of the time."""
    return png(image) if image.shape[-1] == 4 else image


def _save(figure: Figure, charts: dict[str, str]) -> None:
    """Offer a figure's files: its charts as drawings, its pictures, its numbers with the caption."""
    caption = f"{figure.caption} {figure.details}".strip()
    name = figure.file or figure.name
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"{figure.name}-save"):
        for number, (key, title) in enumerate(charts.items()):
            if title:
                quiet(title)
            chart_files(key, name if not number else f"{name}-{number + 1}", caption)
        maps = figure.chart
        if isinstance(maps, Maps):
            _download(figure, "Picture as PNG", "png", lambda: maps_sheet(maps, caption))
        _download(figure, "Numbers as CSV", "csv", lambda: to_csv(figure.table, caption))
        _download(figure, "Numbers as JSON", "json", lambda: to_json(figure.table, caption))


_MEDIA = {"png": "image/png", "csv": "text/csv", "json": "application/json"}


def _download(figure: Figure, label: str, ending: str, content: Callable[[], str | bytes]) -> None:
    """A button for one file, which is made when somebody asks for it."""
    st.download_button(
        label,
        content,
        f"{figure.file or figure.name}.{ending}",
        _MEDIA[ending],
        key=f"{figure.name}-{ending}",
        on_click="ignore",
        width="stretch",
    )


def palette() -> tuple[str, ...]:
    """The colors of the theme in use."""
    return PALETTES["dark" if st.context.theme.type == "dark" else "light"]
