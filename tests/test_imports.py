"""Packages import only leftwards, and the server's side never loads torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TIERS = [
    {"errors"},
    {"settings", "resources", "spawn"},
    {"model", "media", "tasks"},
    {"data"},
    {"analysis"},
    {"evaluation", "store"},
    {"train"},
    {"own_models"},
    {"engine"},
    {"ui", "cli"},
]
TIER = {name: i for i, tier in enumerate(TIERS) for name in tier}


def imports(path: Path) -> set[str]:
    """Names of the fixviz packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
            if node.module == "fixviz":
                names = [f"fixviz.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("fixviz.")}
    return found & set(TIER)


def packages() -> list[Path]:
    return sorted((ROOT / "fixviz").rglob("*.py"))


def test_every_package_has_a_tier() -> None:
    names = {p.name for p in (ROOT / "fixviz").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert names <= set(TIER)


@pytest.mark.parametrize("path", packages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_left(path: Path) -> None:
    parts = path.relative_to(ROOT / "fixviz").with_suffix("").parts
    if parts[0] not in TIER:  # __init__ and __main__ stand above all packages
        return
    own = parts[0]
    wrong = {name for name in imports(path) if name != own and TIER[name] >= TIER[own]}
    assert not wrong


@pytest.mark.parametrize(
    "module",
    [
        *("fixviz", "fixviz.cli", "fixviz.cli.analyze", "fixviz.media", "fixviz.media.process"),
        *("fixviz.model.config", "fixviz.store", "fixviz.engine", "fixviz.engine.worker"),
        *("fixviz.tasks.process", "fixviz.own_models.loading", "fixviz.own_models.checking"),
        *("fixviz.ui.server", "fixviz.ui.watch", "fixviz.ui.services"),
        *("fixviz.evaluation.results", "fixviz.evaluation.table", "fixviz.evaluation.terminal"),
    ],
)
def test_the_servers_side_never_loads_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_training_runs_on_a_machine_without_the_apps_packages() -> None:
    """A GPU machine for training has torch, accelerate, einops, safetensors and numpy only."""
    missing = ("av", "cv2", "decord", "streamlit", "pebble", "plotly", "platformdirs", "jaxtyping")
    code = f"""
import sys
for name in {missing}:
    sys.modules[name] = None
import fixviz.train.command, fixviz.train.export, fixviz.train.loop
loaded = [m for m in sys.modules if m.startswith(("fixviz.media", "fixviz.ui", "fixviz.engine"))]
sys.exit(" ".join(loaded) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_nothing_star_imports_and_no_relative_imports() -> None:
    for path in packages():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                assert all(alias.name != "*" for alias in node.names), path
