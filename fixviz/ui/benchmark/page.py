"""The Benchmark page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fixviz.reading.texts import benchmark as texts
from fixviz.ui.benchmark import card, class_by_class, clips, models, plot

_HERE = Path(__file__).resolve().parent


def show() -> None:
    """Draw the plot with the card of one checkpoint, then the classes, then the clips of one class."""
    st.html(_HERE / "benchmark.css")
    st.title("Benchmark", anchor=False)
    st.markdown(texts.INTRO)
    known = models.all_models()
    if not known:
        st.info(texts.NONE, icon=":material/info:")
        models.bring_your_own()
        return
    chosen, preset = plot.show(known, card.show)
    models.not_measured({model.id: model for model in known})
    models.bring_your_own()
    st.header("Class by class", anchor=False)
    asked = class_by_class.show(known, preset, chosen)
    if asked is not None:
        clips.show(asked)
