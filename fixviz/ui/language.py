"""The language of navigation, start page and course.

A link may name a language (`lang=zh`). Else it is the one that was chosen before, here or in an earlier
visit; else the browser's; else English. A language is a folder of texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.ui.services import services

PARAMETER: Final = "lang"
COOKIE: Final = "fixviz_language"
ENGLISH: Final = LANGUAGES[0]
_CHOSEN, _NAMED, _LASTING = "language_chosen", "language_named", "language_lasting"
_CONTROL: Final = "language"

_speaker = st.components.v2.component(
    "fixviz_language",
    js=(Path(__file__).resolve().parent / "language.js").read_text(encoding="utf-8"),
)


def first_offered(*wanted: str | None) -> str:
    """Return the language of the first tag, such as "zh-CN", whose language there is; else English."""
    codes = ((tag or "").strip().replace("_", "-").split("-")[0].lower() for tag in wanted)
    return next((code for code in codes if code in LANGUAGES), ENGLISH)


def current() -> str:
    """Return the code of the visitor's language."""
    named = st.query_params.get(PARAMETER)
    # A link is followed once: afterwards, the control may choose another language.
    if named in LANGUAGES and named != st.session_state.get(_NAMED):
        st.session_state[_NAMED] = st.session_state[_CHOSEN] = named
    chosen = st.session_state.get(_CHOSEN)
    return first_offered(chosen, st.context.cookies.get(COOKIE), st.context.locale)


def text(key: str) -> str:
    """Return a text in the visitor's language."""
    return app_texts(current())[key]


def control(of_page: str) -> None:
    """Let the visitor choose the language, and tell the browser which one is spoken where.

    of_page: language of what the page itself says.
    """
    spoken = current()
    st.session_state[_CONTROL] = spoken
    st.segmented_control(
        text("languages"),
        LANGUAGES,
        format_func=lambda code: app_texts(code)["language"],
        key=_CONTROL,
        on_change=_choose,
        required=True,
    )
    _speaker(
        key="language_spoken",
        data={
            "page": of_page,
            "navigation": spoken,
            "names": {app_texts(code)["language"]: code for code in LANGUAGES},
            "cookie": COOKIE if _CHOSEN in st.session_state else None,
            "lasting": bool(st.session_state.get(_LASTING)),
            "embedded": bool(services().settings.embed_origins),
        },
    )


def _choose() -> None:
    code = st.session_state[_CONTROL]
    st.session_state[_CHOSEN], st.session_state[_LASTING] = code, True
    if PARAMETER in st.query_params:
        st.session_state[_NAMED] = st.query_params[PARAMETER] = code
