"""Choosing a patch: by a click on a map over the frame, or by its row and column."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fixviz.ui.url_state import whole

ROW, COLUMN = "on_row", "on_column"
_HANDLED = "picked_patch"


def chosen_patch(entry: dict[str, Any], key: str) -> tuple[int, int]:
    """Return row and column in view: those of a new click on the map `key`, else those of the URL."""
    rows, columns = entry["grid"]["rows"], entry["grid"]["columns"]
    points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
    clicked = tuple(int(i) for i in points[0]["customdata"]) if points else None
    if clicked and st.session_state.get(_HANDLED) != (key, clicked):
        st.session_state[ROW], st.session_state[COLUMN] = clicked
    st.session_state[_HANDLED] = (key, clicked)
    left, right = st.columns(2)
    down = whole(ROW, "row", range(rows), rows // 2)
    across = whole(COLUMN, "column", range(columns), columns // 2)
    row = left.number_input("Row", 0, rows - 1, help="Rows count from 0 at the top.", **down)
    column = right.number_input(
        "Column", 0, columns - 1, help="Columns count from 0 at the left.", **across
    )
    return int(row or 0), int(column or 0)
