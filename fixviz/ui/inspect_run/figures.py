"""Described figures on a page: drawn, with their caption, what follows from them, and files to save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from fixviz.drawing.color_bar import color_bar
from fixviz.drawing.colors import PALETTES
from fixviz.drawing.picture_sheet import picture_sheet
from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.drawing.plotly_charts.finished import Finished
from fixviz.drawing.svg_file import svg_file
from fixviz.reading.figures.figure import Figure, Maps, Panels
from fixviz.reading.tables import to_csv, to_json
from fixviz.ui.incidents import fragment
from fixviz.ui.inspect_run.described import drawn
from fixviz.ui.inspect_run.drawing_files import drawing_files
from fixviz.ui.pictures import show_picture
from fixviz.ui.text import conclude, plain, quiet


def show(
    figure: Figure,
    *,
    selectable: bool = False,
    across: int = 280,
    brief: bool = False,
    follows: bool = True,
) -> list[Any]:
    """Draw a figure with all that belongs to it, under keys that begin with its name.

    selectable: whether points can be clicked; what was selected is returned, for each chart of the
    figure. across: width in pixels below which charts side by side wrap. brief: draw only the
    chart, where another figure of the page says the rest. follows: whether to say what follows
    from it; False where the page says it once for several figures.
    """
    selected: list[Any] = []
    match figure.chart:
        case None:
            _table(figure)
        case Maps() as maps:
            _maps(figure, maps)
        case Panels() as panels:
            with st.grid("auto", min_column_width=across, gap="medium"):
                for number, panel in enumerate(panels.panels):
                    key = f"{figure.name}-{number}"
                    with st.container():
                        st.markdown(f"**{plain(panel.title)}**")
                        chart = replace(figure, chart=panel.chart, alt=panel.alt)
                        selected.append(_chart(chart, key, number, selectable))
            if panels.scale is not None:
                st.html(color_bar(*panels.scale))
        case _:
            selected.append(_chart(figure, figure.name, 0, selectable))
    below(figure, brief=brief, follows=follows)
    return selected


def below(figure: Figure, *, brief: bool = False, follows: bool = True) -> None:
    """Draw what stands below the charts: the caption, the files to save, and what follows."""
    if not brief:
        with st.container(horizontal=True, vertical_alignment="top"):
            with st.container(width="stretch"):
                quiet(figure.caption)
            # A fragment by itself takes all the room that a row has left.
            with st.container(width="content"):
                _save(figure)
        for warning in figure.warnings:
            quiet(warning, ":material/warning:")
        if follows and figure.follows:
            conclude(figure.follows)


def palette() -> tuple[str, ...]:
    """Return the colors of the theme in use."""
    return PALETTES[_theme()]


def _theme() -> str:
    return "dark" if st.context.theme.type == "dark" else "light"


def _chart(figure: Figure, key: str, number: int, selectable: bool) -> Any:
    """Draw the figure's chart. number: of the chart among those that share the figure's key."""
    theme = _theme()
    ready = drawn(
        figure.key,
        ("chart", number, theme),
        lambda: plotly_chart(figure.chart, PALETTES[theme]),
    )
    config = {
        "displaylogo": False,
        "toImageButtonOptions": {
            "format": "png",
            "scale": 3,
            "filename": figure.file or figure.name,
        },
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    options: dict[str, Any] = {"key": key, "alt": figure.alt, "config": config}
    if not selectable:
        return st.plotly_chart(Finished(ready), **options)
    return st.plotly_chart(Finished(ready), **options, on_select="rerun", selection_mode="points")


def _table(figure: Figure) -> None:
    """Draw the numbers of a table; fractions have four digits, as in the report."""
    columns = {
        name: st.column_config.NumberColumn(format="%.4g", help=figure.help.get(name))
        if any(isinstance(value, float) for value in values)
        else st.column_config.Column(help=figure.help.get(name))
        for name, values in figure.table.items()
    }
    st.dataframe(
        figure.table,
        hide_index=True,
        height="content",
        column_config=columns,
        alt=figure.alt,
        key=figure.name,
    )


def _maps(figure: Figure, maps: Maps) -> None:
    for row in maps.rows:
        if row.title:
            st.markdown(f"**{plain(row.title)}**")
        across = (
            st.grid("auto", min_column_width=maps.width, gap="small")
            if maps.grow
            else st.container(horizontal=True, gap="small")
        )
        width: Any = "stretch" if maps.grow or row.large else maps.width
        with across:
            for picture in row.pictures:
                with st.container(width=width, gap="xsmall"):
                    show_picture(picture.url or picture.image, picture.alt)
                    if picture.label:
                        quiet(picture.label)
    with st.container(horizontal=True, gap="medium"):
        for scale, label in maps.scales:
            with st.container(width=420 if len(maps.scales) == 1 else 270):
                st.html(color_bar(scale, label))


@fragment()
def _save(figure: Figure) -> None:
    """Offer a figure's files: its drawing or its pictures, and its numbers with the caption.

    They are made once the menu is open, so that a page does not wait for them.
    """
    menu = st.popover(
        "Save",
        icon=":material/download:",
        type="tertiary",
        key=f"{figure.name}-save",
        on_change="rerun",
    )
    if not menu.open:
        return
    caption, name, data = (
        figure.full_caption,
        figure.file or figure.name,
        figure.data or figure.table,
    )
    with menu:
        if isinstance(figure.chart, Maps):
            _download(
                figure,
                "Picture as PNG",
                "png",
                lambda: picture_sheet(_with_pixels(figure), caption),
            )
        elif figure.chart is not None:
            drawing_files(f"{figure.name}-files", name, svg_file(figure, theme=_theme()))
        _download(figure, "Numbers as CSV", "csv", lambda: to_csv(data, caption))
        _download(figure, "Numbers as JSON", "json", lambda: to_json(data, caption))


def _with_pixels(figure: Figure) -> Maps:
    """Return the figure's maps as they were described, not as a page draws them."""
    maps = (figure.again() if figure.again else figure).chart
    assert isinstance(maps, Maps)
    return maps


_MEDIA = {"png": "image/png", "csv": "text/csv", "json": "application/json"}


def _download(figure: Figure, label: str, ending: str, content: Callable[[], str | bytes]) -> None:
    """Offer one file for download; it is made when somebody asks for it."""
    st.download_button(
        label,
        content,
        f"{figure.file or figure.name}.{ending}",
        _MEDIA[ending],
        key=f"{figure.name}-{ending}",
        on_click="ignore",
        width="stretch",
    )
