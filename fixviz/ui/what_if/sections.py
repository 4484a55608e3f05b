"""The parts of the page below the pictures: concentration per layer, and the classes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fixviz.reading.definitions import help_for
from fixviz.reading.notes import notes_of
from fixviz.reading.phrases import head_phrase
from fixviz.reading.texts.what_if import file_name
from fixviz.reading.values.what_if import Outcome, classes, metric_names
from fixviz.ui.inspect_run.old_figures import figure, model_color
from fixviz.ui.text import quiet
from fixviz.ui.what_if import charts
from fixviz.ui.what_if.charts import Pair

_MEASURES = {
    "concentration": "Concentration",
    "effective_support": "Effective support (keys)",
    "entropy": "Entropy (nats)",
    "top10_mass": "Mass of the top 10 %",
    "gini": "Gini coefficient",
}
_HELP = {
    "concentration": "concentration",
    "effective_support": "effective support",
    "entropy": "entropy",
    "top10_mass": "top-10 % mass",
    "gini": "Gini",
}
_TO_ONE = ("concentration", "top10_mass", "gini")


def concentration(outcomes: Sequence[Outcome]) -> None:
    """The measure per layer, before and after, of all models that were run again."""
    view = outcomes[0].view
    measure = st.selectbox(
        "Measure",
        list(_MEASURES),
        format_func=lambda name: _MEASURES[name],
        key="what-if-measure",
        help="\n\n".join(f"**{_MEASURES[m]}.** {help_for(w)}" for m, w in _HELP.items()),
        width=260,
    )
    column = metric_names(view.run).index(measure)
    layers = max(outcome.model.config.depth for outcome in outcomes)
    pairs: list[Pair] = []
    table: dict[str, list[float]] = {"layer": list(range(layers))}
    for outcome in outcomes:
        before, after = (values[:, column] for values in outcome.metrics())
        color = model_color(view.run, outcome.model.name)
        pairs.append(Pair(outcome.model.title, color, before, after))
        missing = [float("nan")] * (layers - len(before))
        table[f"before, {outcome.model.name}"] = [*before.tolist(), *missing]
        table[f"after, {outcome.model.name}"] = [*after.tolist(), *missing]
    over = "all frames" if outcomes[0].whole_clip else f"{len(outcomes[0].covered)} frames"
    figure(
        charts.per_layer(pairs, _MEASURES[measure], to_one=measure in _TO_ONE),
        key="what-if-layers",
        name=file_name(outcomes[0], f"{measure}-per-layer"),
        caption=(
            f"{_MEASURES[measure]} per layer, before dotted, after solid: mean over queries and {over}, "
            f"{view.axis} attention, {head_phrase(view.head)}. What if: "
            + "; ".join(f"{view.run.checkpoint(o.model.name)}: {o.title}" for o in outcomes)
            + "."
        ),
        table=table,
    )
    higher = "fewer keys" if measure in _TO_ONE else "more keys"
    quiet(
        f"A higher value means that a query's attention lies on {higher}. It does not say on which keys, nor "
        "whether the network does better or worse."
    )


def predictions(outcomes: Sequence[Outcome]) -> None:
    """Class probabilities before and after, one chart a model."""
    for outcome in outcomes:
        before, after = outcome.probabilities()
        first, second = outcome.windows()
        names = classes(outcome.model.entry)
        color = model_color(outcome.view.run, outcome.model.name)
        chart, shown = charts.class_bars(Pair(outcome.model.title, color, before, after), names)
        where = outcome.window_words(first)
        if second != first:
            where = f"before in the {where}, after in the {outcome.window_words(second)}"
        st.markdown(f"**{outcome.model.title}**")
        figure(
            chart,
            key=f"what-if-classes-{outcome.model.name}",
            name=file_name(outcome, "classes"),
            caption=(
                f"What if: {outcome.title}. Class probabilities, {where}; the {len(shown)} most probable "
                f"of {len(names)} classes; {outcome.view.run.checkpoint(outcome.model.name)}."
            ),
            table={"class": names, "before": before.tolist(), "after": after.tolist()},
            height=110 + 34 * len(shown),
        )
    for note in notes_of([outcome.model.entry for outcome in outcomes]):
        quiet(note)
