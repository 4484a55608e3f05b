"""Documentation that a change must not leave behind."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from fixviz.analysis.measure_table import (
    MOTION_MEASURES,
    ROW_MEASURES,
    TARGET_MEASURES,
    Measure,
)
from fixviz.cli import _COMMANDS
from fixviz.media.containers import CONTAINERS
from fixviz.settings import Settings

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("field", fields(Settings), ids=lambda f: f.name)
def test_every_setting_is_documented_with_its_default(field) -> None:
    rows = re.findall(r"\| `(FIXVIZ_\w+)` \| ([^|]*) \|", (ROOT / "docs/settings.md").read_text())
    documented = dict(rows)
    name = f"FIXVIZ_{field.name.upper()}"
    assert name in documented
    if field.name != "home":
        assert float(documented[name]) == field.default


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"FIXVIZ_[A-Z_]+", (ROOT / "docs/settings.md").read_text()))
    assert documented == {f"FIXVIZ_{f.name.upper()}" for f in fields(Settings)}


def test_every_container_is_documented_with_its_endings() -> None:
    text = (ROOT / "docs/video-files.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|$", text, re.MULTILINE)
    assert rows == [(row.demuxer, ", ".join(row.suffixes)) for row in CONTAINERS]


def rows_of(measures: tuple[Measure, ...]) -> list[str]:
    """The rows of docs/measures.md, to be copied from here where a test says that one is missing."""
    return [
        f"| `{m.name}` | {m.axis_title} | {m.range} | {m.uniform.formula if m.uniform else '–'} | "
        f"{m.higher} | {m.definition} |"
        for m in measures
    ]


@pytest.mark.parametrize(
    ("title", "measures"),
    [
        ("Of the rows of attention weights", ROW_MEASURES),
        ("Against the truth", TARGET_MEASURES),
        ("Against motion", MOTION_MEASURES),
    ],
)
def test_every_measure_is_documented_as_the_table_has_it(
    title: str, measures: tuple[Measure, ...]
) -> None:
    text = (ROOT / "docs/measures.md").read_text()
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `.*\|$", section, re.MULTILINE) == rows_of(measures)


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"fixviz {command}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
)
def test_local_links_lead_somewhere(page: Path) -> None:
    # What stands in code is shown as it is written, and is no link.
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        # The reference is generated; `mkdocs build --strict` checks the links to it.
        if "://" not in target and not target.startswith("reference/"):
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
        for name in re.findall(r"(?<![\w/@.])fixviz(?:\.[a-z_]\w*)+", text.replace(".__file__", ""))
        if not _exists(name)
    }
    assert not lost


def test_every_folder_that_the_documents_name_exists() -> None:
    lost = {
        (str(path.relative_to(ROOT)), name)
        for path, text in _texts().items()
        if path.suffix == ".md" and path.name != "CHANGELOG.md"
        for name in re.findall(r"`((?:fixviz|tests|docs|pages|benchmarks)/[\w/.]+)`", text)
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
