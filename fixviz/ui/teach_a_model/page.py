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
    # A container for each part, whatever is in it: the browser makes a component anew whose place on the
    # page has changed, and the camera would go off.
    with st.container():
        lessons.show_error()
    found = lessons.current()
    with st.container():
        st.header(say("examples"), anchor=False)
        cards.show(found)
    with st.container():
        recorder(found, tries=lessons.outcome(found) is not None)
    with st.container():
        st.header(say("train"), anchor=False)
        training.show(found)
    with st.container():
        results.show(found)
