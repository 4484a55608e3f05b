"""Documentation that a change must not leave behind."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import click
import pytest

from fixviz.cli import _COMMANDS
from fixviz.settings import Settings
from fixviz.ui.player_parameters import VIEW_PARAMETERS

ROOT = Path(__file__).parents[1]


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("page", GENERATOR.pages(), ids=lambda path: path.stem)
def test_what_a_page_takes_from_the_code_is_what_the_code_has(page: Path) -> None:
    text = page.read_text("utf-8")
    assert GENERATOR.filled(text) == text, "run: make docs (or python docs/generate.py)"


def test_every_part_that_can_be_generated_stands_on_one_page() -> None:
    texts = [page.read_text("utf-8") for page in GENERATOR.pages()]
    begun = [name for text in texts for name in re.findall("<!-- generated: (.+?) -->", text)]
    ended = [name for text in texts for name in re.findall("<!-- end: (.+?) -->", text)]
    assert begun == ended
    assert sorted(begun) == sorted(GENERATOR.PARTS)


def test_the_generator_reads_defaults_and_texts_from_the_code() -> None:
    settings = GENERATOR.settings_text().splitlines()
    assert len(settings) == 2 + len(fields(Settings))
    assert (
        "| `FIXVIZ_MAX_PIXELS` | 8294400 (3840 × 2160) | Largest frame, in pixels (width times height). |"
        in settings
    )
    commands = GENERATOR.commands_text()
    assert "| `--port INTEGER` | Port to listen on. | `8501` |" in commands
    assert "| `--out PATH` | Folder to write to. | required |" in commands
    assert "| `--layer INTEGER` | Layer, counted from 0. | the last |" in commands
    assert "| `--resume` / `--restart` |" in commands
    assert "One of `spatial`, `temporal`, `joint`. |  |" in commands
    assert "Sentinel" not in commands


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_option_says_what_it_does(command: str) -> None:
    options = importlib.import_module(_COMMANDS[command][0]).command.params
    assert [o.name for o in options if isinstance(o, click.Option) and not o.help] == []


def test_the_generator_loads_neither_torch_nor_streamlit() -> None:
    code = "import sys, generate; [part() for part in generate.PARTS.values()]"
    code += "; print({'torch', 'streamlit'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT / "docs", check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_every_query_parameter_is_documented() -> None:
    """Those of the player, and those that pages name where they keep a choice in the URL."""
    text = (ROOT / "docs/reference/links.md").read_text("utf-8")
    documented = set(re.findall(r"`(\w+)`", text))
    assert set(VIEW_PARAMETERS) <= documented
    named = {
        node.args[1].value
        for path in (ROOT / "fixviz/ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("one_of", "whole", "switch")
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert {"ratio", "frame", "unit_scale", "measure"} <= named
    assert named <= documented


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"fixviz {command}" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_local_links_lead_somewhere(page: Path) -> None:
    # What stands in code is shown as it is written, and is no link.
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        # The pages of the API are made by the build, which checks the links to them.
        if "://" not in target and "reference/api/" not in f"{page.parent.name}/{target}":
            assert (page.parent / target).exists(), target


def _texts() -> dict[Path, str]:
    """Documents and sources by their path."""
    folders = [ROOT / name for name in ("docs", "fixviz", "tests", "benchmarks", "pages")]
    paths = [*ROOT.glob("*.md"), *ROOT.glob("*.py")]
    paths += [path for folder in folders for path in folder.rglob("*.*")]
    return {path: path.read_text("utf-8") for path in paths if path.suffix in (".md", ".py")}


def _exists(dotted: str) -> bool:
    """Whether a dotted name leads to a module, or to a name that is written in that module."""
    place, names = ROOT / "fixviz", dotted.split(".")[1:]
    while names and ((place / names[0]).is_dir() or (place / f"{names[0]}.py").is_file()):
        folder = place / names.pop(0)
        place = folder if folder.is_dir() else folder.with_suffix(".py")
    home = place / "__init__.py" if place.is_dir() else place
    return not names or bool(re.search(rf"\b{names[0]}\b", home.read_text("utf-8")))


def test_every_module_that_is_named_exists() -> None:
    """Also in documents, docstrings and comments, where nothing else would notice a move.

    Not in test_imports.py, which makes names up.
    """
    lost = {
        (str(path.relative_to(ROOT)), name)
        for path, text in _texts().items()
        if path.name != "test_imports.py"
        for name in re.findall(
            r"(?<![\w/@.])fixviz(?!\.(?:toml|conf|example)\b)(?:\.[a-z_]\w*)+",
            text.replace(".__file__", ""),
        )
        if not _exists(name)
    }
    assert not lost


def test_every_folder_that_the_documents_name_exists() -> None:
    lost = {
        (str(path.relative_to(ROOT)), name)
        for path, text in _texts().items()
        if path.suffix == ".md" and path.name != "CHANGELOG.md"
        for name in re.findall(r"`((?:fixviz|tests|docs|pages|benchmarks)/[\w/.-]+)`", text)
        if not (ROOT / name).exists()
    }
    assert not lost


def test_every_page_of_the_documentation_that_the_code_names_exists() -> None:
    sources = [*(ROOT / "fixviz").rglob("*.*"), *(ROOT / "assets/lessons").rglob("*.*")]
    lost = {
        (str(path.relative_to(ROOT)), name)
        for path in sources
        if path.suffix in (".py", ".js", ".ts", ".md", ".yaml")
        for name in re.findall(r"\bdocs/[\w/-]+\.(?:md|json)\b", path.read_text("utf-8"))
        if not (ROOT / name).exists()
    }
    assert not lost


_NO_VERB = re.compile(
    r"\W|(A|All|An|Each|Every|For|How|Like|Of|One|Over|Handle|Rebuild|Sum|The|What|Where|Whether|Which|With|Without)\b"
)


@pytest.mark.parametrize(
    "package",
    sorted(p.name for p in (ROOT / "fixviz").iterdir() if (p / "__init__.py").exists()),
)
def test_docstrings_of_functions_begin_with_a_verb(package: str) -> None:
    """Those of properties name what they hold, like those of fields."""
    found = []
    for path in sorted((ROOT / "fixviz" / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef) or not (text := ast.get_docstring(node)):
                continue
            if not any("property" in ast.unparse(item) for item in node.decorator_list):
                found += [f"{path.name}: {text[:60]}"] if _NO_VERB.match(text) else []
    assert found == []
