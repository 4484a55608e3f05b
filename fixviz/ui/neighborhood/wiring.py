"""Which heads hear which neighbor, and what patches at the border read."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from fixviz.reading.map_pictures import map_picture
from fixviz.reading.mosaic import mosaic, png
from fixviz.reading.picture_sheet import Row, picture_sheet
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import HEARS, View, exists
from fixviz.ui.inspect_run.old_figures import captioned
from fixviz.ui.text import conclude, quiet


def heads(view: View) -> None:
    """The (head, direction, channels) table of the layer in view."""
    table: dict[str, list[Any]] = {
        "attention": [],
        "head": [],
        "reads from": [],
        "channels of the head": [],
        "share of the head in %": [],
    }
    for axis in view.entry["axes"]:
        for row in view.table(axis):
            share = 100 * (row.stop - row.start) / view.config.head_dim
            cells = (axis, row.head, row.direction.label, f"{row.start} to {row.stop - 1}", share)
            for column, cell in zip(table.values(), cells, strict=True):
                column.append(cell)
    if not table["head"]:
        quiet(f"Layer {view.layer} reads no neighbors.")
        return
    st.dataframe(
        table,
        hide_index=True,
        column_config={"share of the head in %": st.column_config.NumberColumn(format="%.1f")},
        alt="Which channels of which head come from which neighbor",
    )
    caption = view.caption("Which channels of key and value come from which neighbor")
    captioned("heads-table", view.file("heads"), caption, table)
    conclude(texts.HEADS)


def border(view: View) -> None:
    """Which patches of the frame in view read beyond the border, direction by direction."""
    grid, config = view.entry["grid"], view.config
    rows, columns = grid["rows"], grid["columns"]
    window = view.entry["window_of_frame"][view.frame]
    position = view.frame - view.entry["windows"]["start"][window]
    scale = Scale(0.0, 1.0, "diverging")
    table: dict[str, list[Any]] = {"direction": [], "patches beyond": [], "they read": []}
    pictures: dict[str, dict[tuple[int, int], Any]] = {"temporal": {}, "spatial": {}}
    for arm in view.arms():
        d = arm.direction
        segment = config.shift_segment if arm.axis == "spatial" else None
        inside = exists(d, position, config.frames, rows, columns, segment)
        beyond = np.where(inside, np.nan, 0.0 if d.keeps_own_at_border else 1.0)
        count = int((~inside).sum())
        reads = "their own value" if d.keeps_own_at_border else "zeros"
        table["direction"].append(d.label)
        table["patches beyond"].append(count)
        table["they read"].append(reads if count else "nothing beyond")
        drawn = map_picture(view.run, view.model, view.frame, beyond, scale, 0.75)
        place = (d.dy, d.dx) if arm.axis == "temporal" else (0, d.dt)
        short = "own" if d.keeps_own_at_border else "zeros"
        pictures[arm.axis][place] = (f"{d.label}: {f'{count} {short}' if count else 'none'}", drawn)
    left, right = st.columns([3, 2], gap="medium")
    sheets = []
    for axis, column in (("temporal", left), ("spatial", right)):
        if not pictures[axis]:
            continue
        with column:
            st.markdown(f"**{HEARS[axis].capitalize()}**")
            shown = pictures[axis]
            if axis == "temporal":
                here = (f"frame {view.frame}", view.run.frame_image(view.frame))
                sheet = mosaic(shown | {(0, 0): here}, (-1, 0, 1), (-1, 0, 1))
            else:
                sheet = mosaic(shown, (0,), (-1, 1))
            sheets.append(Row(HEARS[axis].capitalize(), [("", sheet)]))
            numbers = ", ".join(label for label, _ in shown.values())
            st.image(
                png(sheet), width="stretch", alt=f"Patches that read beyond the border. {numbers}"
            )
    caption = view.caption(
        f"Which of the {rows} × {columns} patches have no such neighbor. Orange: zeros are read instead. "
        f"Blue: the patch keeps its own value",
        view.moment,
        f"place {position} of {config.frames} in its window",
    )
    captioned(
        "border",
        view.file("border"),
        caption,
        table,
        picture=lambda: picture_sheet(sheets, [], caption),
    )
    conclude(texts.BORDER)
