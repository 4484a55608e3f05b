"""Packages import only leftwards, without cycles, and the server's side never loads torch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TIERS = [
    {"errors", "version"},
    {"settings_sources"},
    {"settings", "resources", "spawn", "browser_files", "csv_files"},
    {"theme", "logs", "metrics"},
    {"model", "media", "tasks"},
    {"data"},
    {"analysis"},
    {"evaluation"},
    {"train", "attention_cost"},
    {"store"},
    {"own_models"},
    {"teaching"},
    {"engine"},
    {"reading"},
    {"drawing"},
    {"batch"},
    {"report", "course"},
    {"comparison"},
    {"start"},
    {"course_pack"},
    {"static_site", "single_file", "servers"},
    {"ui", "cli"},
]
TIER = {name: i for i, tier in enumerate(TIERS) for name in tier}


_DOTTED = re.compile(r"(fixviz(?!\.toml)(?:\.\w+)+)(?::\w+)?")


def modules() -> dict[str, Path]:
    """All modules of fixviz by name; a package is its __init__."""
    paths = sorted((ROOT / "fixviz").rglob("*.py"))
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in dotted.items()}


MODULES = modules()


def imports(name: str, source: str, known: Collection[str] = MODULES.keys()) -> set[str]:
    """Modules that a module imports or names in a string, anywhere in it, with their packages.

    A string counts when it is a dotted name as a whole, such as "fixviz.engine.worker:analyze": that
    is how commands and the functions of workers are loaded. A package counts only for modules outside
    of it: within it, Python has loaded it before.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and (dotted := _DOTTED.fullmatch(str(node.value))):
            found.add(dotted[1])
    reached = set()
    for dotted_name in found:
        parts = dotted_name.split(".")
        prefixes = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
        inner = [prefix for prefix in prefixes if prefix in known]
        reached |= {m for m in inner[:-1] if not f"{name}.".startswith(f"{m}.")} | {*inner[-1:]}
    return reached - {name}


def package(module: str) -> str:
    """The first name below fixviz; empty for fixviz itself."""
    return module.partition(".")[2].partition(".")[0]


def cycle(graph: Mapping[str, Collection[str]]) -> str:
    """One cycle of what imports what, as a path; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " imports ".join(reversed(error.args[1]))
    return ""


def test_every_package_has_a_tier() -> None:
    names = {package(module) for module, path in MODULES.items() if path.parent != ROOT / "fixviz"}
    assert names <= set(TIER)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_left(module: str) -> None:
    own = package(module)
    if own not in TIER:  # __init__ and __main__ stand above all packages
        return
    reached = {package(name) for name in imports(module, MODULES[module].read_text("utf-8"))}
    wrong = {name for name in reached & TIER.keys() - {own} if TIER[name] >= TIER[own]}
    assert not wrong


def test_no_module_imports_itself_over_others() -> None:
    """Counting imports inside functions, for type checkers, and by name too."""
    graph = {module: imports(module, path.read_text("utf-8")) for module, path in MODULES.items()}
    assert "fixviz.engine.worker" in graph["fixviz.engine.steps"], "named in a string"
    assert cycle(graph) == ""


def test_imports_in_functions_and_dotted_strings_are_found() -> None:
    source = '''
"""See fixviz.a.text."""
from fixviz import VERSION
from fixviz.a import b, NAME
WORK = "fixviz.c.worker:run"
def later():
    import fixviz.d.e
    return "fixviz.a.text is prose", "fixviz.c.missing"
'''
    known = ["fixviz", "fixviz.a", "fixviz.a.b", "fixviz.a.text", "fixviz.c", "fixviz.c.worker"]
    known += ["fixviz.d", "fixviz.d.e"]
    everything = set(known) - {"fixviz.a.text"}
    assert imports("fixviz.f", source, known) == everything
    assert imports("fixviz.d.f", source, known) == everything - {"fixviz.d"}


def test_a_cycle_is_told_with_its_path() -> None:
    graph = {"a": {"b", "d"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}
    paths = ("a imports b imports c", "b imports c imports a", "c imports a imports b")
    assert cycle(graph) in [f"{path} imports {path[0]}" for path in paths]
    assert cycle({**graph, "c": {"d"}}) == ""


SERVER_SIDE = [
    *(
        "fixviz",
        "fixviz.cli",
        "fixviz.cli.analyze",
        "fixviz.cli.bench",
        "fixviz.media",
        "fixviz.media.process",
    ),
    *("fixviz.model.config", "fixviz.store", "fixviz.engine", "fixviz.engine.worker"),
    *("fixviz.batch.lazy", "fixviz.batch.work", "fixviz.batch.reading", "fixviz.cli.analyze_many"),
    *("fixviz.tasks.process", "fixviz.own_models.loading", "fixviz.own_models.checking"),
    *("fixviz.ui.server", "fixviz.ui.watch", "fixviz.ui.services"),
    *("fixviz.evaluation.results", "fixviz.evaluation.table", "fixviz.evaluation.terminal"),
    *("fixviz.reading.browser_networks", "fixviz.single_file.build", "fixviz.ui.one_file_button"),
]


def test_the_servers_side_never_loads_torch() -> None:
    """One process imports them one after the other, and names the first that loads it."""
    code = f"""
import sys
from importlib import import_module
for name in {SERVER_SIDE}:
    import_module(name)
    if "torch" in sys.modules:
        sys.exit(name + " loads torch")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_reading_and_reporting_need_neither_streamlit_nor_torch() -> None:
    """Every module of reading, report and course, and the SVG that they draw, without even plotly."""
    names = [
        name for name in MODULES if package(name) in ("reading", "report", "drawing", "course")
    ]
    names = [name for name in names if not name.startswith("fixviz.drawing.plotly_charts")]
    code = f"import sys, {', '.join(names)}\n"
    code += "sys.exit(' '.join({'streamlit', 'torch', 'plotly'} & {*sys.modules}) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
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


def test_no_module_is_named_in_pieces() -> None:
    """A name that is put together would be an import that the tests above cannot see."""
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts: list[ast.expr] = []
            if isinstance(node, ast.JoinedStr):
                parts = node.values[:1]
            elif isinstance(node, ast.BinOp):
                parts = [node.left]
            for part in parts:
                text = part.value if isinstance(part, ast.Constant) else ""
                assert not re.match(r"fixviz\.[a-z_]*\.?$", str(text)), f"{path}: {text!r}"
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                first = node.args[0]
                relative = isinstance(first, ast.Constant) and str(first.value).startswith(".")
                assert not relative, path


def test_nothing_star_imports_and_no_relative_imports() -> None:
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                assert all(alias.name != "*" for alias in node.names), path
