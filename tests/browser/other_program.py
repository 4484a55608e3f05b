"""Where the texts of an SVG file stand in a program that is no browser: librsvg with Pango."""

from __future__ import annotations

import copy
import io
import itertools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
PROGRAM = "rsvg-convert"
MISSING = (
    f"{PROGRAM} is not installed, so no other program draws the SVG files. "
    "Debian and Ubuntu: apt-get install librsvg2-bin"
)
PAD = 300
"""Pixels around the drawing in which a text that leaves it is still seen."""
TOUCH = 1
"""Boxes of ink that share so many pixels only touch."""
SHAPES = {"rect", "path", "circle", "ellipse", "line", "polyline", "polygon", "image", "use"}

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"""


@dataclass(frozen=True)
class Box:
    """Where the ink of a text is, in pixels of the drawing."""

    text: str
    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: Box) -> bool:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return min(wide, high) > TOUCH


def wide_fonts(folder: Path) -> dict[str, str]:
    """Variables under which a program knows one font only: DejaVu Sans, wider than nearly all others."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(MISSING)
    source = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        shutil.copy(source / name, folder)
    config = folder / "fonts.conf"
    config.write_text(_FONTS.format(folder=folder))
    return {"FONTCONFIG_FILE": str(config)}


def faults(svg: bytes, fonts: dict[str, str]) -> list[str]:
    """What is wrong with the texts of a drawing: overprinted, or cut by its edge. It must have some."""
    root = ElementTree.fromstring(svg)
    width, height = (float(root.attrib[side].removesuffix("px")) for side in ("width", "height"))
    boxes = _boxes(root, width, height, fonts)
    assert boxes
    cut = [
        f"cut: {box.text}"
        for box in boxes
        if box.left < 0 or box.top < 0 or box.right > width + 1 or box.bottom > height + 1
    ]
    pairs = itertools.combinations(boxes, 2)
    return cut + [f"{a.text} over {b.text}" for a, b in pairs if a.overlaps(b)]


def _boxes(
    root: ElementTree.Element, width: float, height: float, fonts: dict[str, str]
) -> list[Box]:
    """The texts with ink, each drawn alone in a window larger than the drawing."""
    bare = copy.deepcopy(root)
    for parent in list(bare.iter()):
        for child in list(parent):
            if child.tag.removeprefix(SVG) in SHAPES | {"clipPath", "defs", "style"}:
                parent.remove(child)
    for node in bare.iter():
        node.attrib.pop("clip-path", None)
        if node.tag == f"{SVG}svg":
            node.set("overflow", "visible")
    bare.set("viewBox", f"{-PAD} {-PAD} {width + 2 * PAD} {height + 2 * PAD}")
    bare.set("width", f"{width + 2 * PAD}")
    bare.set("height", f"{height + 2 * PAD}")
    texts = list(bare.iter(f"{SVG}text"))
    for text in texts:
        text.set("display", "none")
    boxes = []
    for text in texts:
        del text.attrib["display"]
        words = "".join(text.itertext()).strip()
        ink = _ink(ElementTree.tostring(bare), fonts) if words else None
        if ink:
            boxes.append(Box(words, *(side - PAD for side in ink)))
        text.set("display", "none")
    return boxes


def _ink(svg: bytes, fonts: dict[str, str]) -> tuple[int, int, int, int] | None:
    drawn = subprocess.run(
        [PROGRAM], input=svg, capture_output=True, check=True, env={**os.environ, **fonts}
    )
    return Image.open(io.BytesIO(drawn.stdout)).getchannel("A").getbbox()
