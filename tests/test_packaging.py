"""A wheel carries everything that the app needs, so an installed fixviz works without a clone."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory) -> set[str]:
    source = tmp_path_factory.mktemp("source")
    out = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    for name in filter(None, tracked):
        if not name.startswith(("tests/", "docs/")) or name == "docs/results.json":
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["pages", "assets", "checkpoints", ".streamlit"])
def test_a_wheel_holds_the_apps_files(wheel_names: set[str], folder: str) -> None:
    files = [p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert files
    missing = [str(p) for p in files if f"fixviz/bundled/{p.relative_to(ROOT)}" not in wheel_names]
    assert missing == []


@pytest.mark.slow
def test_a_wheel_holds_the_launcher_and_everything_in_the_package(wheel_names: set[str]) -> None:
    assert "fixviz/bundled/app.py" in wheel_names
    assert "fixviz/bundled/docs/results.json" in wheel_names
    files = [
        p for p in (ROOT / "fixviz").rglob("*") if p.is_file() and "__pycache__" not in p.parts
    ]
    missing = [str(p) for p in files if str(p.relative_to(ROOT)) not in wheel_names]
    assert missing == []
