"""The Compare page."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from fixviz.comparison import figures, texts
from fixviz.comparison.quantities import QUANTITIES
from fixviz.comparison.question import Comparison, Question, available, command_of
from fixviz.comparison.source import Clip, Source
from fixviz.errors import FixvizError
from fixviz.reading.phrases import capital
from fixviz.reading.tables import to_csv
from fixviz.ui.compare import ask, choose, clip, kept, over_time
from fixviz.ui.inspect_run.choices import select
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.text import fail, plain, quiet

_SECOND: Final = ("effective_support", "concentration", "certainty")
"""Second measures of the scatter plot: the first that there is and that is not the measure itself."""


def show() -> None:
    """Draw the main thing first, then differences, the scatter plot, outliers and curves."""
    st.title("Compare", anchor=False)
    quiet(texts.INTRO)
    row = st.grid("auto", min_column_width=150)
    source = choose.choose(row)
    if source is None:
        return
    question = ask.ask(source, row)
    if question is None:
        return
    try:
        _sections(source, question)
    except FixvizError as error:
        fail(error)


def _sections(source: Source, question: Question) -> None:
    first, of_clip, apart, against, look, time, take = (st.container() for _ in range(7))
    with against:
        st.header("One measure against another", anchor=False)
        found = kept.answered(source, replace(question, against=_second(source, question)))
    with of_clip:
        chosen = clip.choose(found)
        if chosen is not None:
            clip.card(found, chosen)
    key = None if chosen is None else chosen.key
    with first:
        st.subheader(plain(texts.headline(found)), anchor=False)
        figure = figures.distribution(found, key)
        draw(figure, selectable=True)
        for caution in texts.cautions(found):
            if caution not in figure.warnings:
                quiet(caution, ":material/info:")
    with apart:
        _differences(found, key)
    with against:
        _scatter(found, chosen)
    with look:
        _look(found)
    with time:
        over_time.show(found, chosen)
    with take:
        _take(found)


def _second(source: Source, question: Question) -> str | None:
    """Let the visitor choose the second measure; None where there is only one."""
    names = [q.name for q in available(source) if q.name != question.measure]
    if not names:
        return None
    default = next((name for name in _SECOND if name in names), names[0])
    return select(
        "Up",
        names,
        "against",
        default,
        lambda name: QUANTITIES[name].title,
        key="compare_against",
        help="Across is the measure that is chosen above.",
        width=320,
    )


def _differences(found: Comparison, chosen: str | None) -> None:
    figure = figures.differences(found, chosen)
    if figure is not None:
        st.header("Differences on the same clip", anchor=False)
        draw(figure, selectable=True)


def _scatter(found: Comparison, chosen: Clip | None) -> None:
    key = None if chosen is None else f"{chosen.key} {clip.model_in_view(found)}"
    figure = figures.scatter(found, key)
    if figure is None:
        quiet("No clip has both measures.")
        return
    draw(figure, selectable=True)
    if chosen is None:
        quiet("Click a point to choose its clip.")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(chosen.name)}**")
            clip.open_in_watch(found, chosen, "scatter")


def _look(found: Comparison) -> None:
    """List the clips furthest from the others, each with the reason and the way into Watch."""
    st.header("Look at these", anchor=False, help=texts.OUTLIERS)
    quiet(f"{texts.how_unusual(found)} {texts.LOOK}")
    for one in found.outliers[:6]:
        of_clip = found.source.clips[one.clip]
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(of_clip.name)}**" + (" · unusual" if one.unusual else ""))
                st.space("stretch")
                clip.open_in_watch(found, of_clip, "look")
            quiet(texts.why(found, one))
    with st.expander("All of them as a table", icon=":material/table:"):
        draw(figures.outlier_table(found), follows=False)


def _take(found: Comparison) -> None:
    """Offer the values of all clips, and the command that gives the same numbers."""
    st.header("The same again", anchor=False)
    quiet(texts.AGAIN)
    st.code(command_of(found.source, found.question), language="sh", wrap_lines=True)
    st.download_button(
        "Values of all clips as CSV",
        lambda: to_csv(
            figures.values_table(found), f"{capital(texts.where(found))}, clip by clip."
        ),
        f"compare-{found.quantity.name}-clips.csv",
        "text/csv",
        icon=":material/download:",
        key="compare-values",
        on_click="ignore",
    )
