"""The page of the course: the seven lessons and the quiz."""

from __future__ import annotations

import streamlit as st

from fixviz.ui import language
from fixviz.ui.learn import component


def show() -> None:
    """Draw the page in the visitor's language, on the run that the URL names, if it names one."""
    component.course(language.current(), st.query_params.get("run") or None)
