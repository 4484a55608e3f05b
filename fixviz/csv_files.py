"""CSV files that a spreadsheet can open without harm: a text in them is never taken for a formula.

Excel, LibreOffice and Google Sheets compute a cell that begins with = + - or @, also after a tab or a line
break, and a formula can read other cells and send them away. Names of files, models and classes come from
anybody. So such a text gets an apostrophe before it, as in a cell that somebody types; numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, Final, TextIO

_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:inf|nan)")
_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r\n]")
_INNER: Final = re.compile(r"([,;\t])(?=[\"']?[=+\-@])")
"""Where a cell would begin in a spreadsheet that separates by something else."""


def csv_cell(value: Any) -> Any:
    """Return a value as it may stand in a cell: a text that would be a formula begins with an apostrophe."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    text = _INNER.sub(r"\1'", value)
    return f"'{text}" if _FORMULA.match(text) else text


def csv_comment(text: str) -> str:
    """Return a text as a line that begins with #, with its line end."""
    line = _INNER.sub(r"\1'", " ".join(text.split()))
    return f"# {line}\n"


def write_rows(
    file: TextIO, rows: Iterable[Iterable[Any]], *, lineterminator: str = "\r\n"
) -> None:
    """Write rows of cells. None is an empty cell."""
    csv.writer(file, lineterminator=lineterminator).writerows(map(csv_cell, row) for row in rows)
