"""The part of a view that all pages under Inspect share, however somebody gets from page to page.

It consists of query parameters (docs/reference/links.md): axis, layer, head, frame, model, and row and
column of a patch. A page shows its own default for a parameter that is missing. A page that cannot
show a value, such as head 5 of a model with four, shows its default too but keeps the parameter, so
that the next page can show it. A parameter changes only when somebody chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

PARAMETERS: Final = ("axis", "layer", "head", "frame", "model", "row", "column")
PATCH: Final = ("row", "column")
OF_A_RUN: Final = ("frame", *PATCH)
"""Parameters that make no sense in another run."""

MEAN: Final = "mean"
"""The value of `head` for the mean of heads. Watch names no head instead."""

_KEY: Final = "shared_view"


def parameters() -> dict[str, str]:
    """Return the parameters chosen so far in this session, with their values as in the URL."""
    return dict(st.session_state.get(_KEY, {}))


def put(chosen: Mapping[str, str]) -> None:
    """Replace the shared parameters by these."""
    st.session_state[_KEY] = {
        parameter: chosen[parameter] for parameter in PARAMETERS if parameter in chosen
    }


def choose(parameter: str, value: str) -> None:
    """Note a choice."""
    put({**parameters(), parameter: value})


def forget(*gone: str) -> None:
    """Go back to the defaults of these parameters."""
    put({parameter: value for parameter, value in parameters().items() if parameter not in gone})
