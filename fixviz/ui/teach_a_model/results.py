"""What came of a training: how many are right, what is mixed up, and each held-out clip."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from fixviz.drawing.markup import Html, tag
from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.drawing.plotly_charts.finished import Finished
from fixviz.reading.figures.figure import Cells
from fixviz.reading.scales import Scale
from fixviz.teaching.examples import ExampleSet
from fixviz.teaching.outcome import ModelOutcome, Outcome
from fixviz.ui.inspect_run.figures import palette
from fixviz.ui.teach_a_model import lessons, looks, take_along, training
from fixviz.ui.teach_a_model.cards import thumbnail
from fixviz.ui.teach_a_model.words import model_title, say
from fixviz.ui.text import quiet


def show(found: ExampleSet) -> None:
    """Draw the outcome of the last training; nothing without one."""
    learned = lessons.outcome(found)
    if learned is None:
        return
    st.header(say("results"), anchor=False)
    _scores(learned)
    if found.job is None:
        curves = {model.name: model.curve for model in learned.models}
        training.show_curves(curves, "teach_curves")
    _confusion(learned)
    _held_out(found, learned)
    looks.show(found, learned)
    take_along.show(found, learned)


def _scores(learned: Outcome) -> None:
    count = len(learned.held_out)
    chance = round(100 / len(learned.class_names))
    with st.grid("auto", min_column_width=200, gap="medium"):
        for model in learned.models:
            with st.container(border=True, height="stretch", gap="xsmall"):
                st.metric(
                    model_title(model.name),
                    say("right", right=learned.right(model), count=count),
                    help=say("right_help", chance=chance),
                )
                quiet(f"{say('right_label')}, {say('seconds', seconds=round(model.seconds))}")


def _confusion(learned: Outcome) -> None:
    st.subheader(say("confusion"), anchor=False)
    most = max(1, *(int(learned.confusion(model).max()) for model in learned.models))
    names = [shortened(name) for name in learned.class_names]
    with st.grid("auto", min_column_width=280, gap="medium"):
        for model in learned.models:
            counts = learned.confusion(model)
            chart = Cells(
                counts.astype(np.float64),
                Scale(0.0, float(most)),
                names,
                names,
                unit="",
                row_title=say("confusion_row"),
                column_title=say("confusion_column"),
            )
            options: dict[str, Any] = {"config": {"displaylogo": False, "displayModeBar": False}}
            with st.container():
                st.markdown(f"**{model_title(model.name)}**")
                st.plotly_chart(
                    Finished(plotly_chart(chart, palette())),
                    key=f"teach_confusion_{model.name}",
                    alt=_mistakes(learned, model),
                    **options,
                )
    quiet(say("confusion_caption"))


def _mistakes(learned: Outcome, model: ModelOutcome) -> str:
    """Return in words what a model mixed up."""
    counts = learned.confusion(model)
    names = learned.class_names
    mixed = [
        say("mistake", name=names[row], other=names[column], count=int(counts[row, column]))
        for row, column in np.argwhere(counts > 0)
        if row != column
    ]
    return say(
        "confusion_alt",
        model=model_title(model.name),
        right=learned.right(model),
        count=len(learned.held_out),
        mistakes=" ".join(mixed) or say("no_mistakes"),
    )


def _held_out(found: ExampleSet, learned: Outcome) -> None:
    """List the held-out clips with what each model says."""
    st.subheader(say("held_out"), anchor=False)
    clips = {clip.id: clip for clip in found.clips}
    titles = [say("held_clip"), say("held_shows"), *(model_title(m.name) for m in learned.models)]
    rows = []
    for number, clip_id in enumerate(learned.held_out):
        label = learned.labels[clip_id]
        picture = thumbnail(found.id, clips[clip_id]) if clip_id in clips else ""
        image = tag("img", src=picture, alt="", width="64") if picture else tag("span", "–")
        answers = [
            _answer(learned, model.answers[number].probabilities, label) for model in learned.models
        ]
        rows.append(tag("tr", tag("td", image), tag("td", learned.class_names[label]), *answers))
    head = tag("tr", *(tag("th", title, scope="col") for title in titles))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="held-out")
    frame = {"tabindex": 0, "role": "region", "aria_label": say("held_out")}
    st.html(tag("div", table, style="overflow-x:auto", **frame))


def _answer(learned: Outcome, probabilities: tuple[float, ...], label: int) -> Html:
    best = int(np.argmax(probabilities))
    right = best == label
    mark = tag(
        "span",
        "✓" if right else "✗",
        class_="right" if right else "wrong",
        role="img",
        aria_label=say("is_right" if right else "is_wrong"),
    )
    share = f" {100 * probabilities[best]:.0f} %"
    return tag("td", mark, f" {learned.class_names[best]}", tag("small", share))


def shortened(name: str, most: int = 10) -> str:
    """Return a class name that fits beside a chart."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
