"""Text that stays in the background."""

from __future__ import annotations

import streamlit as st


def quiet(text: str) -> None:
    """A small gray line. Streamlit's own captions have too little contrast to be read by everybody."""
    escaped = text.replace("[", r"\[").replace("]", r"\]")
    st.markdown(f":gray[:small[{escaped}]]")
