"""Recording with the camera: a component that sends one short clip after the other."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from fixviz.teaching.examples import ExampleSet
from fixviz.ui import urls
from fixviz.ui.module_component import module_component
from fixviz.ui.services import services
from fixviz.ui.teach_a_model import lessons, training
from fixviz.ui.teach_a_model.words import say

_KEY: Final = "teach_recorder"
_TRY: Final = "try"
_SECONDS: Final = 2
_ENDINGS: Final = {"video/webm": "webm", "video/mp4": "mp4"}
_WORDS: Final = (
    *("title", "turn_on", "turn_off", "record_for", "record_one", "record_five", "stop", "sent"),
    *("get_ready", "recording", "preview", "mirrored", "insecure", "no_camera", "denied", "busy"),
    *("no_recorder", "lost"),
)
_recorder = module_component("fixviz_teach_recorder")


def recorder(found: ExampleSet, *, tries: bool) -> None:
    """Draw the recorder. tries: whether a clip can be recorded that the models answer."""
    classes = [
        {"id": one.id, "name": one.name or say("class_name", number=number + 1)}
        for number, one in enumerate(found.classes)
    ]
    if tries:
        classes.append({"id": _TRY, "name": say("recorder.try_it")})
    if not classes:
        return
    with st.container(border=True):
        st.markdown(f"**{say('recorder.title')}**")
        _recorder(
            key=_KEY,
            data={
                "modules": urls.teach_a_model("recorder"),
                "classes": classes,
                "tryId": _TRY,
                "seconds": _SECONDS,
                "words": {word: say(f"recorder.{word}") for word in _WORDS},
            },
            on_clip_change=partial(_take, found),
        )


def _take(found: ExampleSet) -> None:
    """Take a clip that the browser has recorded."""
    sent: Any = (st.session_state.get(_KEY) or {}).get("clip")
    if not isinstance(sent, Mapping):
        return
    ending = _ENDINGS.get(str(sent.get("type")), "webm")
    name = f"{say('recorded', number=sent.get('number'))}.{ending}"
    with lessons.noting_errors():
        data = decoded(sent.get("data"), services().settings.max_upload_mb)
        if sent.get("class") == _TRY:
            training.start(found, lessons.take_to_try(found, name, data))
        else:
            lessons.take(found, str(sent.get("class")), name, data)


def decoded(text: object, most_mb: int) -> bytes:
    """Return the bytes that a browser sent as base64; none for anything else, or for more than `most_mb`."""
    if not isinstance(text, str) or len(text) * 3 // 4 > most_mb * 10**6:
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
