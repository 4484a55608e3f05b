"""Text that stays in the background."""

from __future__ import annotations

import re

import streamlit as st


def quiet(text: str) -> None:
    """Write a small gray line; the captions of Streamlit have too little contrast to be read by everybody."""
    escaped = text.replace("[", r"\[").replace("]", r"\]")
    st.markdown(f":gray[:small[{escaped}]]")


def conclude(text: str) -> None:
    """Say what can and what cannot be concluded from the figure above."""
    quiet(f":material/lightbulb: {text}")


def plain(text: str) -> str:
    """Escape text that somebody typed, so that no Markdown, icon or color in it takes effect."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~:$])", r"\\\1", " ".join(text.split()))
