"""The part of a view that all pages under Inspect share, kept on every way between them.

The words are those of the address (docs/links.md): axis, layer, head, frame, model, and row and column
of a patch. One that is missing is the default of whatever page shows it. A page that cannot show a
word's value, such as head 5 of a model with four, shows its default and leaves the word as it is, so
that the next page has it again; a word changes only when somebody chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

WORDS: Final = ("axis", "layer", "head", "frame", "model", "row", "column")
PATCH: Final = ("row", "column")
OF_A_RUN: Final = ("frame", *PATCH)
"""What makes no sense in another run."""

MEAN: Final = "mean"
"""The value of `head` for the mean of heads; Watch says so by naming no head."""

_KEY: Final = "shared_view"


def words() -> dict[str, str]:
    """The words chosen so far in this session, and their values as the address has them."""
    return dict(st.session_state.get(_KEY, {}))


def put(chosen: Mapping[str, str]) -> None:
    """Take these words and no others."""
    st.session_state[_KEY] = {word: chosen[word] for word in WORDS if word in chosen}


def choose(word: str, value: str) -> None:
    """Note a choice."""
    put({**words(), word: value})


def forget(*gone: str) -> None:
    """Go back to the defaults of these words."""
    put({word: value for word, value in words().items() if word not in gone})
