"""Text that stays in the background."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st


def quiet(text: str) -> None:
    """A small gray line. Streamlit's own captions have too little contrast to be read by everybody."""
    escaped = text.replace("[", r"\[").replace("]", r"\]")
    st.markdown(f":gray[:small[{escaped}]]")


def conclude(text: str) -> None:
    """What can and what cannot be concluded from the figure above."""
    quiet(f":material/lightbulb: {text}")


def notes_of(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The notes of models (entries of a manifest), each with the models that it is about named first."""
    notes = {str(entry["note"]): None for entry in entries if entry.get("note")}
    return [_note(note, entries) for note in notes]


_ITS: Final = re.compile(r"^Its\b ?")
"""How a note speaks of its model, where nobody has named it."""


def _note(note: str, entries: Sequence[Mapping[str, Any]]) -> str:
    whose = [str(entry["title"]) for entry in entries if entry.get("note") == note]
    if len(whose) == len(entries) > 1:
        return _ITS.sub("The models' ", note)
    return f"{', '.join(whose)}: {note[:1].lower()}{note[1:]}"


def plain(text: str) -> str:
    """Text that somebody typed, as it is: no Markdown, icon or color in it takes effect."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~:$])", r"\\\1", " ".join(text.split()))
