"""The style sheet of SVG charts: with CSS variables inside a document, with colors in a file."""

from __future__ import annotations

import re
from typing import Final

from fixviz.drawing.colors import CHOSEN, COLORS, GRAY, MARK, PALETTES

_INKS: Final = {
    "light": {"ink": "#17232b", "soft": "#4d5b65", "rule": "#d7dee2", "gray": GRAY},
    "dark": {"ink": "#e4ebee", "soft": "#a9b6bd", "rule": "#2e3a42", "gray": "#8a969f"},
}

GROUNDS: Final = {"light": "#ffffff", "dark": "#10161a"}
"""Behind the charts of a file."""

RULES: Final = (
    "svg text{fill:var(--ink);font-family:inherit}"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".reference{stroke:var(--gray);stroke-width:1.5}"
    + "".join(f".s{i}{{stroke:var(--c{i})}}.f{i}{{fill:var(--c{i})}}" for i in range(COLORS))
    + ".gray{fill:var(--gray)}.rule{stroke:var(--rule)}.axis,.now{stroke:var(--gray)}"
    ".band{fill:var(--gray);opacity:.16}.none{fill:none;stroke:var(--rule)}"
    f".chosen{{fill:none;stroke:{CHOSEN};stroke-width:2.5}}"
    f".patch{{fill:none;stroke:{MARK};stroke-width:2.5}}"
    ".small{font-size:10px}.middle{text-anchor:middle}.end{text-anchor:end}"
    "svg .title{fill:var(--soft)}.heading{font-weight:600}"
)
"""Rules of the classes that charts use; colors are the variables of `variables`."""


def variables(theme: str) -> str:
    """Return the CSS variables of a theme, "light" or "dark", as declarations."""
    colors = {f"c{i}": color for i, color in enumerate(PALETTES[theme])}
    return ";".join(f"--{name}:{color}" for name, color in {**_INKS[theme], **colors}.items())


def rules_of_a_file(theme: str) -> str:
    """Return the rules with the colors of a theme, for programs that know no CSS variables."""
    colors = dict(pair[2:].split(":") for pair in variables(theme).split(";"))
    rules = re.sub(r"var\(--(\w+)\)", lambda found: colors[found[1]], RULES)
    fonts = "Arial,Helvetica,'Liberation Sans','DejaVu Sans',sans-serif"
    return rules.replace("font-family:inherit", f"font-family:{fonts}")
