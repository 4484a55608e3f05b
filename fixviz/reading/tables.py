"""Tables of numbers, and the files in which they are saved."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fixviz.csv_files import csv_comment, write_rows

Table = Mapping[str, Sequence[Any]]
"""Columns of equal length by name; units belong in the names."""


def to_csv(table: Table, caption: str) -> str:
    """Write the table as CSV text, whose first line is the caption after a #.

    Undefined values are empty.
    """
    text = io.StringIO()
    text.write(csv_comment(caption))
    rows = ([_plain(value) for value in row] for row in zip(*table.values(), strict=True))
    write_rows(text, [table, *rows], lineterminator="\n")
    return text.getvalue()


def to_json(table: Table, caption: str) -> str:
    """Write the table as JSON text, {"caption", "columns"}; undefined values are null."""
    columns = {name: [_plain(value) for value in values] for name, values in table.items()}
    return json.dumps({"caption": caption, "columns": columns}, indent=1)


def _plain(value: Any) -> Any:
    """Convert a value to a plain Python value; NaN to None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and value != value else value
