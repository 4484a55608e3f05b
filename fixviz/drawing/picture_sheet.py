"""Maps as one picture to save: each under its label, then the scale with numbers, then the caption."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from fixviz.drawing.lettering import wrapped
from fixviz.media.colormaps import colormap
from fixviz.reading.figures.figure import Maps
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale

Picture = NDArray[np.uint8]
"""RGB or RGBA [H, W, 3 or 4]."""

_MARGIN: Final = 24
_GAP: Final = 12
_BAR: Final = (420, 16)
_INK: Final = (23, 32, 38)
_NARROWEST: Final = 900
_NARROWEST_PICTURE: Final = 240
_FONTS: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial.ttf",
)
_SPELLINGS: Final = {"×": "x", "−": "-", "…": "...", "α": "alpha", "φ": "phi", "–": "-", "’": "'"}


def picture_sheet(maps: Maps, caption: str, *, size: int = 20) -> bytes:
    """Return the pictures of a figure on white as a PNG file, with their scales and the caption.

    Pictures keep their resolution or are enlarged without blur. caption: also stands in the file's
    Description. size: of the letters, in pixels.
    """
    rows = [(row.title, [(p.label, _enlarged(p.image)) for p in row.pictures]) for row in maps.rows]
    font = _font(size)
    line = round(1.4 * size)
    wide = max(sum(p.shape[1] for _, p in row) + _GAP * (len(row) - 1) for _, row in rows)
    wide = max(wide, _NARROWEST)
    lines = wrapped(_spelled(caption, font), wide, font.getlength)
    labels = [line * any(label for label, _ in row) for _, row in rows]
    heights = [
        line * bool(title) + label + max(p.shape[0] for _, p in row) + _GAP
        for (title, row), label in zip(rows, labels, strict=True)
    ]
    bar = _BAR[1] + 2 * line + _GAP
    high = sum(heights) + bar * len(maps.scales) + line * len(lines)
    sheet = Image.new("RGB", (wide + 2 * _MARGIN, high + 2 * _MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    y = _MARGIN
    for (title, row), label_height, height in zip(rows, labels, heights, strict=True):
        _draw_row(sheet, draw, title, row, y, line, label_height, font)
        y += height
    for scale, label in maps.scales:
        _draw_bar(sheet, draw, scale, label, y, line, font)
        y += bar
    for text in lines:
        draw.text((_MARGIN, y), text, _INK, font)
        y += line
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Description", caption)
    content = io.BytesIO()
    sheet.save(content, "PNG", pnginfo=about)
    return content.getvalue()


def _enlarged(picture: Picture) -> Picture:
    """Repeat every pixel until the picture is wide enough for its label."""
    times = -(-_NARROWEST_PICTURE // picture.shape[1])
    return picture if times <= 1 else picture.repeat(times, 0).repeat(times, 1)


def _draw_row(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    title: str,
    row: Sequence[tuple[str, Picture]],
    y: int,
    line: int,
    label_height: int,
    font: ImageFont.FreeTypeFont,
) -> None:
    if title:
        draw.text((_MARGIN, y), _spelled(title, font), _INK, font)
        y += line
    x = _MARGIN
    for label, pixels in row:
        draw.text((x, y), _spelled(label, font), _INK, font)
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        mask = picture if picture.mode == "RGBA" else None
        sheet.paste(picture, (x, y + label_height), mask)
        x += picture.width + _GAP


def _draw_bar(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    scale: Scale,
    label: str,
    y: int,
    line: int,
    font: ImageFont.FreeTypeFont,
) -> None:
    wide, high = _BAR
    sheet.paste(
        Image.fromarray(np.array(colormap(scale.colors)[None])).resize((wide, high)), (_MARGIN, y)
    )
    middle = (scale.low + scale.high) / 2
    places = zip((0.0, 0.5, 1.0), (scale.low, middle, scale.high), ("la", "ma", "ra"), strict=True)
    for share, value, anchor in places:
        place = (_MARGIN + share * wide, y + high + 2)
        draw.text(place, number(value), _INK, font, anchor=anchor)
    draw.text((_MARGIN, y + high + line), _spelled(label, font), _INK, font)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Load a system font with the letters of many languages, else Pillow's own font."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@cache
def _has(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Tell whether the font has a shape of its own for the letter."""
    shape, missing = (font.getmask(text) for text in (letter, "\uffff"))
    return shape.size != missing.size or bytes(shape) != bytes(missing)


def _spelled(text: str, font: ImageFont.FreeTypeFont) -> str:
    """Replace letters that the font lacks by their plain form, a word, or a question mark."""

    def spell(letter: str) -> str:
        if letter.isspace() or _has(font, letter):
            return letter
        bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        return _SPELLINGS.get(letter) or bare or "?"

    return "".join(map(spell, text))
