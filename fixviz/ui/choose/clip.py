"""The clip that a session is about to analyze, between picking it and starting the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from fixviz.media import VideoInfo, probe
from fixviz.settings import Settings

_CLIP = "choose_clip"
_NUMBER = "choose_number"


@dataclass(frozen=True)
class PickedClip:
    """A clip and what its file holds."""

    path: str
    title: str
    info: VideoInfo
    number: int
    """A new number for each clip, so that the next clip starts with fresh choices."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The options that were chosen together with the clip."""


def picked() -> PickedClip | None:
    """Return the clip whose span and crop are being chosen; None if there is none."""
    return st.session_state.get(_CLIP)


def pick(path: str, title: str, settings: Settings, options: Mapping[str, Any]) -> None:
    """Choose span and crop of a clip from the next rerun on. Raises MediaError."""
    number = st.session_state.get(_NUMBER, 0) + 1
    st.session_state[_NUMBER] = number
    info = probe(path, settings)
    st.session_state[_CLIP] = PickedClip(path, title, info, number, dict(options))


def drop() -> None:
    """Go back to picking a clip."""
    st.session_state.pop(_CLIP, None)
