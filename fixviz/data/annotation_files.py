"""The text files that say what is in a data set: lines, CSV and JSON, each error with its file and line."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fixviz.errors import OptionError


def text_in(path: Path) -> io.StringIO:
    """Return the text of a file in UTF-8, or in UTF-16 where it says so, as spreadsheets write it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OptionError(
            f"The annotation file {path} cannot be read ({error.strerror or error})."
        ) from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return io.StringIO(data.decode("utf-16" if wide else "utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OptionError(
            f"{path}, line {line}: the text is not UTF-8; save it as UTF-8."
        ) from None


def lines_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of each line that is not blank."""
    with text_in(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"{path}, line {number}", line.strip()


def json_in(path: Path, kind: Callable[..., Any]) -> Any:
    """Return the content of a JSON file, a dict or a list as `kind` says."""
    with text_in(path) as file:
        try:
            values = json.load(file)
        except ValueError as error:
            raise OptionError(f"{path} is not valid JSON ({error}).") from None
    if not isinstance(values, kind):  # type: ignore[arg-type]
        raise OptionError(f"{path}: expected a JSON {'object' if kind is dict else 'list'}.")
    return values


def rows_in(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where, row) of a CSV whose first line names at least the columns `needed`."""
    with text_in(path) as file:
        reader = csv.DictReader(file)
        try:
            if not set(needed) <= set(reader.fieldnames or ()):
                raise OptionError(
                    f"{path}, line 1: expected the columns {', '.join(needed)}, found"
                    f" {', '.join(reader.fieldnames or ()) or 'none'}."
                )
            for row in reader:
                yield f"{path}, line {reader.line_num}", row
        except csv.Error as error:
            raise OptionError(f"{path}, line {reader.line_num}: not valid CSV ({error}).") from None
