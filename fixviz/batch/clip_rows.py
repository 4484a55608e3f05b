"""Read lists of clips for an analysis: one row a clip, with the columns that are carried along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fixviz.batch.schema import CLIP_COLUMNS
from fixviz.data.annotation_files import text_in
from fixviz.data.clip_list import COLUMNS, seconds_of
from fixviz.data.disk import Disk
from fixviz.errors import OptionError

_ASKED: Final = ("path", "start", "end")
"""Columns that say what to analyze; all others are carried along."""
_TAKEN: Final = frozenset(column.name.lower() for column in CLIP_COLUMNS)


@dataclass(frozen=True)
class ClipRow:
    """Name one clip to analyze: a video, or a part of it."""

    path: Path
    name: str
    """How the folder or list calls it."""
    start_s: float | None = None
    """None takes what is asked for all clips."""
    end_s: float | None = None
    carried: Mapping[str, str] = field(default_factory=dict)
    """What the list says of it: texts by column, without empty ones."""
    fault: str = ""
    """Sentence that says why the row names no clip."""
    number: int = 0
    """Tells rows apart that name the same part of the same file."""

    def as_number(self, number: int) -> ClipRow:
        """Return the same row with its number."""
        return replace(self, number=number)


def rows_in_list(path: Path) -> tuple[list[ClipRow], dict[str, str]]:
    """Return the rows of a CSV file, and the columns that are called otherwise in the data set.

    Paths are relative to the list's folder. Cells are separated by commas, semicolons or tabs. Raises
    OptionError for a file without rows or without a column for the video; a row with a fault is returned
    with its sentence.
    """
    with text_in(path) as file:
        text = file.read()
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table: list[tuple[str, list[str]]] = []
    try:
        names = [name.strip() for name in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                table.append((f"{path}, line {reader.line_num}", cells))
    except csv.Error as error:
        raise OptionError(f"{path}, line {reader.line_num}: not valid CSV ({error}).") from None
    columns = _Columns.of(names, str(path))
    if not table:
        raise OptionError(f"{path} names no clip; add a line for each.")
    disk = Disk(path.absolute().parent)
    rows = [columns.row(where, cells, disk) for where, cells in table]
    return rows, columns.renamed


def rows_in_table(table: Mapping[str, Iterable[object]]) -> tuple[list[ClipRow], dict[str, str]]:
    """Return the same for columns by name; paths are relative to the current folder."""
    names = [str(name) for name in table]
    columns = _Columns.of(names, "The table")
    disk = Disk(Path.cwd())
    try:
        cells = list(zip(*(list(values) for values in table.values()), strict=True))
    except ValueError:
        raise OptionError("The columns of the table have different lengths.") from None
    rows = [
        columns.row(f"The table, row {number}", ["" if _is_none(c) else str(c) for c in row], disk)
        for number, row in enumerate(cells)
    ]
    if not rows:
        raise OptionError("The table names no clip.")
    return rows, columns.renamed


@dataclass(frozen=True)
class _Columns:
    """Say what each column of a list is: asked for, carried along under a name, or nameless."""

    names: Sequence[str]
    renamed: dict[str, str]

    @classmethod
    def of(cls, header: Sequence[str], where: str) -> _Columns:
        """Name the columns of a header. Raises OptionError."""
        names: list[str] = []
        renamed: dict[str, str] = {}
        for given in header:
            name = next((c for c, spelled in COLUMNS.items() if given.lower() in spelled), given)
            carried = name and name not in _ASKED
            if name and name.lower() in {other.lower() for other in names}:
                raise OptionError(f"{where}: two columns are called {name!r}; rename one of them.")
            if carried and name.lower() in _TAKEN:
                renamed[given] = name = f"list_{name}"
            names.append(name)
        if "path" not in names:
            found = ", ".join(name for name in header if name) or "none"
            raise OptionError(
                f"{where}: a column called path must name the videos; found {found}. All others are optional."
            )
        return cls(names, renamed)

    def row(self, where: str, cells: Sequence[str], disk: Disk) -> ClipRow:
        """Return the row of these cells; one with a fault says so."""
        values = dict(zip(self.names, (cell.strip() for cell in cells), strict=False))
        carried = {
            name: value for name, value in values.items() if name and name not in _ASKED and value
        }
        file = values.get("path", "")
        path = _find(file, disk) if file else disk.root
        row = ClipRow(path, file or where, carried=carried)
        if not file:
            return replace(row, fault=f"{where}: the column path is empty.")
        if len(cells) > len(self.names):
            return replace(
                row,
                fault=f"{where}: the line has {len(cells)} cells, but the first line names {len(self.names)} "
                "columns; put a text that holds a separator in quotes.",
            )
        try:
            start, end = (seconds_of(values.get(name, "")) for name in ("start", "end"))
        except ValueError as error:
            return replace(row, fault=f"{where}: {error}")
        return replace(row, start_s=start, end_s=end)


def _find(file: str, disk: Disk) -> Path:
    """Return the file that a list names: as it is written, else as `Disk.find` finds it."""
    path = Path(file)
    try:
        path = path.expanduser()
        written = path if path.is_absolute() else disk.root / path
        if written.exists() or path.is_absolute():
            return written
        return disk.find(file.replace("\\", "/")) or written
    except (OSError, ValueError, RuntimeError):
        return disk.root / file


def _is_none(value: object) -> bool:
    """Tell whether a cell of a table is empty: None, or a number that is not one."""
    return value is None or value != value
