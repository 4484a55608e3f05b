"""Widgets that ask the question. Their values are query parameters, so that a link asks the same."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fixviz.comparison.quantities import QUANTITIES
from fixviz.comparison.question import (
    FIRST_MEASURE,
    RIGHT,
    SAID,
    Question,
    available,
    first_pair,
    groupings,
)
from fixviz.comparison.source import Source
from fixviz.comparison.values import Place, default_place
from fixviz.ui.inspect_run.choices import AXES, select
from fixviz.ui.url_state import several

ALL, NONE = "all", "none"
_GROUPS: Final = {
    NONE: "No groups",
    SAID: "Class that the model names",
    RIGHT: "Right or wrong",
}


def ask(source: Source, row: DeltaGenerator) -> Question | None:
    """Draw the choices and return the question; None where there is nothing to ask.

    row: where the choices of every day stand; the others are below.
    """
    measures = [quantity.name for quantity in available(source)]
    if not measures or not source.models:
        st.info("These clips have no values to compare.", icon=":material/info:")
        return None
    with row:
        measure = select(
            "Measure",
            measures,
            "measure",
            FIRST_MEASURE if FIRST_MEASURE in measures else measures[0],
            lambda name: QUANTITIES[name].title,
            key="compare_measure",
            help="\n\n".join(f"**{QUANTITIES[n].title}.** {QUANTITIES[n].about}" for n in measures),
        )
        pair = _pair(source)
        group = _group(source)
    with st.expander("Models and place", key="compare_more"):
        # In the URL, dots stand between names.
        coded = {name if "." not in name else f"~{i}": name for i, name in enumerate(source.models)}
        models = st.multiselect(
            "Models",
            list(coded),
            format_func=lambda code: source.models[coded[code]].title,
            help="The two that are compared are always shown.",
            **several("compare_models", "models", list(coded), list(coded)),
        )
        place = _place(source)
    chosen = {*(coded[code] for code in models), *(pair or ())}
    names = tuple(name for name in source.models if name in chosen) or tuple(source.models)
    return Question(measure, names, pair, place, group)


def _pair(source: Source) -> tuple[str, str] | None:
    """Let the visitor choose the two models that are compared; None of a single one."""
    names = list(source.models)
    first = first_pair(names)
    if first is None:
        return None
    titles = {name: entry.title for name, entry in source.models.items()}
    model = select("Model", names, "first", first[0], titles.__getitem__, key="compare_first")
    others = [name for name in names if name != model]
    default = first[1] if first[1] in others else others[0]
    other = select(
        "Compared with", others, "second", default, titles.__getitem__, key="compare_second"
    )
    return model, other


def _group(source: Source) -> str | None:
    groups = groupings(source)
    if not groups:
        return None
    name = select(
        "Groups",
        [NONE, *groups],
        "group",
        NONE,
        lambda name: name if name in source.columns else _GROUPS[name],
        key="compare_group",
        help="Columns of the list of clips, or what the models answer.",
    )
    return None if name == NONE else name


def _place(source: Source) -> Place:
    first = default_place(source)
    with st.grid("auto", min_column_width=150):
        axis = select(
            "Attention", source.axes, "attention", first.axis, AXES.__getitem__, key="compare_axis"
        )
        layers = [ALL, *map(str, range(source.layers))]
        layer = select(
            "Layer",
            layers,
            "of_layer",
            str(first.layer),
            lambda name: "Mean of layers" if name == ALL else f"Layer {name}",
            key="compare_layer",
        )
        heads = [ALL, *map(str, range(source.heads))]
        head = select(
            "Head",
            heads,
            "of_head",
            ALL,
            lambda name: "Mean of heads" if name == ALL else f"Head {name}",
            key="compare_head",
        )
    return Place(axis, None if layer == ALL else int(layer), None if head == ALL else int(head))
