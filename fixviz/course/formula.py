r"""Formulas: LaTeX to MathML.

`\class{sym-q}{q_i}` names a symbol: its MathML has class="sym-q" and data-symbol="q", by which the page
shows the symbol's value and the figure lights it up.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final, Literal

from latex2mathml.converter import convert

from fixviz.course.fields import Place

_SYMBOL: Final = "sym-"
_NAMESPACE: Final = "{http://www.w3.org/1998/Math/MathML}"


def mathml(latex: str, display: Literal["inline", "block"], place: Place) -> str:
    """Return a formula as a <math> element. Raises LessonError for LaTeX that is not understood."""
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    if bare.count("{") != bare.count("}"):
        raise place.error(f"the braces of the formula {latex!r} do not match.")
    try:
        root = ET.fromstring(convert(latex, display=display))
    except Exception as error:  # The converter has no error of its own for what it cannot read.
        raise place.error(f"the formula {latex!r} is not understood ({error!r}).") from error
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
        # A command that the converter does not know stays as it was written.
        if element.tag != "mtext" and re.search(r"[\\&$]", element.text or ""):
            raise place.error(f"{element.text!r} of the formula {latex!r} is not understood.")
        name = element.get("class", "")
        if name:
            if not re.fullmatch(rf"{_SYMBOL}[\w-]+", name):
                raise place.error(
                    f"the class {name!r} of the formula {latex!r} must begin with sym-."
                )
            element.set("data-symbol", name.removeprefix(_SYMBOL))
    return ET.tostring(root, encoding="unicode")


def symbols(html: str) -> set[str]:
    """Return the names of the symbols in the formulas of a text."""
    return set(re.findall(r'data-symbol="([^"]+)"', html))
