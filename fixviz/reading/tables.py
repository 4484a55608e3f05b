"""Tables of numbers, and the files in which they are saved."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

Table = Mapping[str, Sequence[Any]]
"""Columns of equal length by name; units belong in the names."""


def to_csv(table: Table, caption: str) -> str:
    """The table as CSV text, its first line the caption behind a #; undefined values are empty."""
    text = io.StringIO()
    text.write(f"# {caption}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    for row in zip(*table.values(), strict=True):
        writer.writerow([_plain(value) for value in row])
    return text.getvalue()


def to_json(table: Table, caption: str) -> str:
    """{"caption", "columns"} as JSON text; undefined values are null."""
    columns = {name: [_plain(value) for value in values] for name, values in table.items()}
    return json.dumps({"caption": caption, "columns": columns}, indent=1)


def _plain(value: Any) -> Any:
    """Plain Python values; NaN is None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and value != value else value
