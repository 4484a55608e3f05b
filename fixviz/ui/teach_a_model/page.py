"""Teach a model: name classes, show clips, train, and see what each model has learned."""

from __future__ import annotations

import streamlit as st

from fixviz.ui.teach_a_model import cards, lessons, results, training
from fixviz.ui.teach_a_model.recorder import recorder
from fixviz.ui.teach_a_model.words import say


def show() -> None:
    """Draw the page in the visitor's language, on the visitor's own clips."""
    st.title(say("title"), anchor=False)
    st.markdown(say("intro"))
    lessons.show_error()
    found = lessons.current()
    st.header(say("examples"), anchor=False)
    cards.show(found)
    recorder(found, tries=lessons.outcome(found) is not None)
    st.header(say("train"), anchor=False)
    training.show(found)
    results.show(found)
