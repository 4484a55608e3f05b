"""Texts on a page. Streamlit reads nearly all of them as Markdown; what is plain text is escaped here."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

_MARKS: Final = re.compile(
    r"""
    [\\`*\[\]<~|$]
    | (?<![^\W_])_ | _(?![^\W_])  # inside a word it is a letter
    | :(?=[^\s\d])  # a color, an icon
    | &(?=[#A-Za-z])  # &lt;
    | ^[#>+=-]
    """,
    re.VERBOSE,
)
"""Characters that mean something in Markdown, wherever they stand or at the beginning of a line."""
_NUMBERED: Final = re.compile(r"^(\d{1,9})(?=[.)])")
"""The number of a list's item."""
_NOTHING: Final = "\N{WORD JOINER}"
"""Cannot be seen, and nothing can be broken there."""
_AFTER_ALL: Final = re.compile(
    r"""
    (?<=:)(?=[\w+-]+:)                      # :material/name:, :smile:
    | (?<=:)(?=material[/_])
    | (?<=http:)(?=//) | (?<=https:)(?=//)  # links that nobody marked as such
    | (?<=www)(?=\.)
    | (?<=@)(?=[\w-])
    | (?<=\s-)(?=[->]) | (?<=\s[<>~])(?=[-=]) | (?<=^[<>~])(?=[-=]) | (?<=^-)(?=[->])  # arrows
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Where Streamlit finds icons, links and arrows in text even when it is escaped: it looks for them in what
Markdown has left."""


def plain(text: str) -> str:
    """Escape text for a place that takes Markdown, such as the name of somebody's file.

    No link, picture, formula, icon, color or heading in it takes effect. It becomes one line; characters
    that cannot be seen, such as those that turn the direction of writing around, are left out.
    """
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    escaped = _MARKS.sub(r"\\\g<0>", _AFTER_ALL.sub(_NOTHING, line))
    return _NUMBERED.sub(r"\1\\", escaped)


def quiet(text: str, icon: str = "") -> None:
    """Write a small gray line; the captions of Streamlit have too little contrast to be read by everybody.

    text: not Markdown. icon: such as ":material/info:", before the text.
    """
    quiet_markdown(f"{icon} {plain(text)}" if icon else plain(text))


def quiet_markdown(text: str) -> None:
    """Write a small gray line of Markdown; names in it must be `plain`."""
    st.markdown(f":gray[:small[{text}]]")


def conclude(text: str) -> None:
    """Say what can and what cannot be concluded from the figure above."""
    quiet(text, ":material/lightbulb:")


def fail(sentence: object, icon: str = ":material/error:") -> None:
    """Say what went wrong. sentence: an error or a text, which may quote names."""
    st.error(plain(str(sentence)), icon=icon)


def warn(sentence: object, icon: str = ":material/warning:") -> None:
    """Say what to mind. sentence: as for `fail`."""
    st.warning(plain(str(sentence)), icon=icon)
