"""Notes of models, as pages and report show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final


def notes_of(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the notes of models (entries of a manifest), each headed by the models that it is about."""
    notes = {str(entry["note"]): None for entry in entries if entry.get("note")}
    return [_note(note, entries) for note in notes]


_ITS: Final = re.compile(r"^Its\b ?")
"""The beginning of a note that does not name its model."""


def _note(note: str, entries: Sequence[Mapping[str, Any]]) -> str:
    whose = [str(entry["title"]) for entry in entries if entry.get("note") == note]
    if len(whose) == len(entries) > 1:
        return _ITS.sub("The models' ", note)
    return f"{', '.join(whose)}: {note[:1].lower()}{note[1:]}"
