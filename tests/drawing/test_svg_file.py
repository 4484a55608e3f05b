"""Figures as SVG files: whole, with their caption, for programs that know neither the page nor its fonts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from fixviz.drawing.lettering import wrapped
from fixviz.drawing.svg_file import svg_file
from fixviz.reading.figures.figure import Axis, Bars, Cells, Figure, Maps, Panel, Panels, Series
from fixviz.reading.scales import Scale

SVG = "{http://www.w3.org/2000/svg}"
CELLS = Cells(np.eye(2), Scale(0.0, 1.0), ["0", "1"], ["0", "1"], "")
BARS = Bars(["a <b>", "c"], [Series("one", np.array([1.0, 2.0]), 0)], Axis("Unit"))


def figure(chart: object) -> Figure:
    return Figure("name", chart, "What it shows.", {"a": [1]}, "alt", details="By slot.")


def test_the_caption_with_all_details_stands_under_the_chart() -> None:
    root = ElementTree.fromstring(svg_file(figure(BARS)))
    assert root.findtext(f"{SVG}desc") == "What it shows. By slot."
    written = [text.text for text in root.findall(f"{SVG}text")]
    assert " ".join(map(str, written)) == "What it shows. By slot."
    assert "a <b>" in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("theme", "ground", "color"), [("light", "#ffffff", "#0072B2"), ("dark", "#10161a", "#56B4E9")]
)
def test_colors_are_those_of_the_theme_and_no_variables(
    theme: str, ground: str, color: str
) -> None:
    text = svg_file(figure(BARS), theme=theme)
    assert f'fill="{ground}"' in text
    assert color in text
    assert "var(" not in text


def test_three_panels_stand_in_a_row_above_the_scale_that_they_share() -> None:
    panels = Panels([Panel(f"Model {i}", CELLS, "") for i in range(4)], (Scale(0.0, 1.0), "share"))
    text = svg_file(figure(panels))
    root = ElementTree.fromstring(text)
    assert float(root.get("width") or 0) == 3 * 320 + 2 * 24 + 2 * 16
    assert [f"Model {i}" in text for i in range(4)] == [True] * 4
    assert text.count(">share<") == 1


def test_tables_and_pictures_are_no_drawings() -> None:
    for chart in (None, Maps([], [])):
        with pytest.raises(TypeError, match="name is no drawing"):
            svg_file(figure(chart))


def test_lines_break_between_words() -> None:
    assert wrapped("one two three", 7.2 * 7) == ["one two", "three"]


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="needs rsvg-convert")
def test_another_program_draws_the_colors(tmp_path: Path) -> None:
    import cv2

    source, drawn = tmp_path / "a.svg", tmp_path / "a.png"
    source.write_text(svg_file(figure(BARS)), "utf-8")
    subprocess.run(["rsvg-convert", source, "-o", drawn], check=True)
    picture = cv2.imread(str(drawn))
    assert picture is not None
    blue = np.abs(picture[..., ::-1].astype(int) - (0x00, 0x72, 0xB2)).max(-1) < 3
    assert blue.sum() > 1000
