"""Documentation that a change must not leave behind."""

from __future__ import annotations

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
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
