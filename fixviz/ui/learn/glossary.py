"""The glossary: every term of the app and the course once, in the visitor's language."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.course.terms import Term, headline, terms_in_order
from fixviz.course.words import read_words
from fixviz.ui import language
from fixviz.ui.text import plain

_SEARCH = "glossary_search"
_anchor = st.components.v2.component(
    "fixviz_glossary",
    js=(Path(__file__).resolve().parent / "anchor.js").read_text(encoding="utf-8"),
)


def show() -> None:
    """Draw the terms in alphabetical order of the English ones, each at an anchor of its own."""
    code = language.current()
    words = read_words(code)
    st.title(words["glossary"])
    wanted = st.text_input(words["search"], key=_SEARCH, type="search", live=True)
    found = [term for term in terms_in_order(code) if _speaks_of(term, wanted)]
    if not found:
        st.info(words["no_term"].format(text=plain(wanted)))
    with st.container(key="glossary"):
        for term in found:
            st.header(plain(headline(term, code)), anchor=term.anchor)
            st.markdown(plain(term.definition))
    _anchor(key="glossary_anchor")


def _speaks_of(term: Term, wanted: str) -> bool:
    text = wanted.strip().casefold()
    return text in f"{term.key}\n{term.title}\n{term.definition}".casefold()
