"""Every line of the threat model names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "explanation" / "threat-model.md").read_text("utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ")][2:]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_line_names_its_test() -> None:
    assert len(ROWS) > 15
    assert [row for row in ROWS if not NAMED.search(row)] == []


def test_every_named_test_exists() -> None:
    missing = []
    for file, name in NAMED.findall(TEXT):
        path = ROOT / file
        tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
        if name not in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == []
