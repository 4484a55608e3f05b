"""The server process stays small: nothing that the pages import loads torch."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CHECK = """
import ast, importlib, pathlib, sys
import app
folder = pathlib.Path("fixviz")
for path in sorted(folder.glob("ui/**/*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if name != "fixviz.ui.shell":
        importlib.import_module(name)
for path in [folder / "ui" / "shell.py", *pathlib.Path("pages").glob("**/*.py")]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            importlib.import_module(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
heavy = {"torch", "captum", "torchvision"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.slow
def test_the_app_and_its_pages_load_no_torch() -> None:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHECK)], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
