"""Colors and dashes of charts, the same on pages, in the report and in files."""

from __future__ import annotations

from typing import Final

from fixviz.media.colormaps import colormap

PALETTES: Final[dict[str, tuple[str, ...]]] = {
    "light": ("#0072B2", "#C2500A", "#00815F", "#A85489", "#5B6770", "#7A6400", "#16242E"),
    "dark": ("#56B4E9", "#F0A35E", "#2FC79B", "#E39AC4", "#A3B1BA", "#E8D44D", "#F2F5F7"),
}
"""Told apart with every common kind of color vision, on a light and on a dark ground."""
COLORS: Final = len(PALETTES["light"])
GRAY: Final = "#7C8893"
"""Color of references; readable on light and on dark grounds."""
CHOSEN: Final = "#E4572E"
"""Outlines the cell in view."""
MARK: Final = "#FF2BD6"
"""Outlines the chosen patch."""
INK: Final = ("#15242B", "#FFFFFF")
"""Colors of numbers on light and on dark cells."""
DASHES: Final = ("solid", "dash", "dashdot", "longdash", "dot", "longdashdot", "2px,6px")
"""Names of dashes in Plotly, by the number of a color."""
_STOPS: Final = 15


def stops(colors: str) -> list[tuple[float, str]]:
    """Return a colormap as places 0..1 with their colors, evenly spread."""
    table = colormap(colors)[:: 255 // _STOPS]
    return [(i / (len(table) - 1), hex_of(color)) for i, color in enumerate(table.tolist())]


def color_at(colors: str, share: float) -> tuple[int, int, int]:
    """Return the RGB color at a place 0..1 of a colormap; places beyond take its ends."""
    red, green, blue = colormap(colors)[round(255 * min(max(share, 0.0), 1.0))].tolist()
    return red, green, blue


def hex_of(color: tuple[int, int, int] | list[int]) -> str:
    """Return an RGB color as CSS writes it."""
    return "#" + "".join(f"{int(c):02x}" for c in color)


def ink_on(color: tuple[int, int, int]) -> str:
    """Return the ink with more contrast on a color (WCAG's relative luminance)."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 3295 for c in color]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.19
    return INK[0] if light else INK[1]
