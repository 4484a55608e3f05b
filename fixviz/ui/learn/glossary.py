"""The glossary: every term of the app and the course once, in the visitor's language."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.course.terms import SOURCE, Term, read_glossary
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
    found = [term for term in _terms(code) if _speaks_of(term, wanted)]
    if not found:
        st.info(words["no_term"].format(text=plain(wanted)))
    with st.container(key="glossary"):
        for term in found:
            st.header(plain(_headline(term, code)), anchor=term.anchor)
            st.markdown(plain(term.definition))
    _anchor(key="glossary_anchor")


def _terms(code: str) -> list[Term]:
    return sorted(read_glossary(code).values(), key=lambda term: term.anchor)


def _headline(term: Term, code: str) -> str:
    """Return the title, with the English term beside one in another language."""
    title = term.title[0].upper() + term.title[1:]
    return title if code == SOURCE or term.title == term.key else f"{title} ({term.key})"


def _speaks_of(term: Term, wanted: str) -> bool:
    text = wanted.strip().casefold()
    return text in f"{term.key}\n{term.title}\n{term.definition}".casefold()
