"""Figures about What if: maps, measures of the rows and predictions before and after a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fixviz.analysis.measure_table import Measure
from fixviz.reading.changed_pictures import over_shown
from fixviz.reading.counting import BY_SLOT, DETAILS
from fixviz.reading.figures.figure import (
    Array,
    Axis,
    Bars,
    Figure,
    Lines,
    MapPicture,
    MapRow,
    Maps,
    Panel,
    Panels,
    Series,
)
from fixviz.reading.figures.maps import extremes, patches_table
from fixviz.reading.figures.predictions import FORM, PROBABILITY
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.notes import notes_of
from fixviz.reading.numbers import number
from fixviz.reading.phrases import head_phrase
from fixviz.reading.scales import Scale
from fixviz.reading.tables import Table
from fixviz.reading.texts import predictions as prediction_texts
from fixviz.reading.texts import what_if as texts
from fixviz.reading.values.what_if import RECEIVED, Outcome, classes

_DIFFERENCE = "After minus before"
_WIDTH = 180


def maps(outcome: Outcome) -> Figure:
    """Describe the map before and after on one scale, and their difference on a scale of its own.

    There is no difference where the patches show other parts of the picture after the change. Raises
    KeyError for a quantity that the model lacks (`Outcome.has`).
    """
    view, what = outcome.view, texts.QUANTITIES[outcome.view.quantity]
    before, after = outcome.before_map(), outcome.after_map()
    scale = Scale.of(np.concatenate([before.ravel(), after.ravel()]))
    drawn = [
        ("Before", before, map_picture(view.run, outcome.model.name, view.frame, before, scale)),
        ("After", after, over_shown(outcome, after, scale)),
    ]
    scales = [(scale, f"{what}{', 1 = uniform' if view.quantity == RECEIVED else ''}")]
    if outcome.same_grid:
        change = after - before
        signed = Scale.signed(change)
        drawn.append((_DIFFERENCE, change, over_shown(outcome, change, signed)))
        scales.append((signed, _DIFFERENCE))
    pictures = [
        MapPicture(
            name, f"{name}: {what.lower()}, {texts.when(outcome)}. {extremes(values)}", image
        )
        for name, values, image in drawn
    ]
    on_difference = texts.DIFFERENCE if outcome.same_grid else texts.NO_DIFFERENCE
    quantity = view.quantity.replace("/", "-")
    return Figure(
        f"maps-{outcome.model.name}",
        Maps([MapRow("", pictures)], scales, width=_WIDTH, grow=True),
        caption=f"{_change([outcome])} {what}: {view.place}; {texts.when(outcome)}; one scale for before "
        f"and after; {outcome.checkpoint}.",
        details=DETAILS,
        table=_maps_table(before, after, outcome.same_grid),
        alt=f"Maps of {what.lower()} before and after",
        follows=f"{on_difference} {texts.MAPS}",
        terms=("attention received", "by source")
        if view.quantity == RECEIVED
        else ("fixation ratio",),
        file=outcome.file(quantity),
    )


def measure_per_layer(outcomes: Sequence[Outcome], measure: Measure) -> Figure:
    """Describe a measure of the rows in every layer, before and after, of one model or of several."""
    view, several = outcomes[0].view, len(outcomes) > 1
    values = {outcome.label: outcome.measure(measure.name) for outcome in outcomes}
    layers = max(len(before) for before, _ in values.values())
    series, columns = [], {}
    for outcome in outcomes:
        for when, of_layer in zip(("before", "after"), values[outcome.label], strict=True):
            filled = np.full(layers, np.nan)
            filled[: len(of_layer)] = of_layer
            columns[f"{when}, {outcome.label}"] = filled.tolist()
            series.append(
                Series(
                    outcome.label if several else when,
                    filled,
                    outcome.color,
                    marks=True,
                    dotted=when == "before",
                    solid=when == "after",
                    hover=f"{outcome.label}, {when}",
                    in_legend=not several or when == "after",
                )
            )
    frames = _each(
        outcomes, lambda o: "all frames" if o.whole_clip else f"{len(o.covered)} frames run again"
    )
    return Figure(
        "what-if-layers",
        Lines(
            np.arange(layers, dtype=float),
            series,
            Axis("Layer", whole=True),
            Axis(measure.axis_title),
            points=[f"layer {layer}" for layer in range(layers)],
        ),
        caption=f"{_change(outcomes)} {measure.title} per layer, before dotted, after solid; mean over "
        f"queries and frames ({frames}): {view.axis} attention, all layers, {head_phrase(view.head)}; "
        f"{BY_SLOT}; {_checkpoints(outcomes)}.",
        details=DETAILS,
        table={"layer": list(range(layers)), **columns},
        alt=f"{measure.title} per layer before and after. "
        + " ".join(f"{label}: {_listed(*pair)}." for label, pair in values.items()),
        follows=texts.on_keys(measure),
        terms=(measure.term,),
        file=outcomes[0].file(f"{measure.name}-per-layer"),
    )


def class_probabilities(outcomes: Sequence[Outcome], most: int = 6) -> Figure:
    """Describe the most probable classes before or after, the most probable before at the top.

    most: how many classes of a model are drawn; the table has all of them.
    """
    panels, rows = [], []
    for outcome in outcomes:
        names, (before, after) = classes(outcome.model.entry), outcome.probabilities()
        strongest = np.argsort(-np.maximum(before, after), kind="stable")[:most]
        order = strongest[np.argsort(-before[strongest], kind="stable")]
        bars = [
            Series("before", before[order], None),
            Series("after", after[order], outcome.color),
        ]
        chart = Bars([names[i] for i in order], bars, PROBABILITY, form=FORM)
        listed = ", ".join(f"{names[i]} {before[i]:.2f}, {after[i]:.2f}" for i in order)
        alt = f"Class probabilities of {outcome.label} before and after: {listed}"
        panels.append(Panel(outcome.label, chart, alt))
        rows += [
            (outcome.label, name, float(b), float(a))
            for name, b, a in zip(names, before, after, strict=True)
        ]
    columns = map(list, zip(*rows, strict=True))
    shown = _each(outcomes, lambda o: _most_of(most, len(classes(o.model.entry))))
    alone = len(panels) == 1
    return Figure(
        "what-if-classes",
        panels[0].chart if alone else Panels(panels),
        caption=f"{_change(outcomes)} Class probabilities before and after: "
        f"{_each(outcomes, texts.windows)}; {shown}; {_checkpoints(outcomes)}.",
        table=dict(zip(("model", "class", "before", "after"), columns, strict=True)),
        alt=panels[0].alt if alone else "Class probabilities of every model before and after",
        follows=" ".join(
            [prediction_texts.PROBABILITY, *notes_of([outcome.model.entry for outcome in outcomes])]
        ),
        file=outcomes[0].file("classes"),
    )


def _change(outcomes: Sequence[Outcome]) -> str:
    """Name the interventions; where models take different ones, those of each model."""
    titles = {outcome.label: outcome.title for outcome in outcomes}
    if len(set(titles.values())) == 1:
        return f"What if: {outcomes[0].title}."
    return " ".join(f"What if, {label}: {title}." for label, title in titles.items())


def _each(outcomes: Sequence[Outcome], phrase: Callable[[Outcome], str]) -> str:
    """Return a phrase that holds for all outcomes; where it differs, that of each model."""
    phrases = {outcome.label: phrase(outcome) for outcome in outcomes}
    if len(set(phrases.values())) == 1:
        return next(iter(phrases.values()))
    return ", ".join(f"{label}: {found}" for label, found in phrases.items())


def _checkpoints(outcomes: Sequence[Outcome]) -> str:
    return "; ".join(outcome.checkpoint for outcome in outcomes)


def _most_of(most: int, count: int) -> str:
    return (
        f"the {most} most probable of {count} classes" if most < count else f"all {count} classes"
    )


def _listed(before: Array, after: Array) -> str:
    return ", ".join(
        f"layer {layer} {number(float(b))}, then {number(float(a))}"
        for layer, (b, a) in enumerate(zip(before, after, strict=True))
    )


def _maps_table(before: Array, after: Array, same_grid: bool) -> Table:
    if same_grid:
        return patches_table(
            {"before": before, "after": after, "after minus before": after - before}
        )
    first, second = (patches_table({"value": values}) for values in (before, after))
    return {
        "which": ["before"] * before.size + ["after"] * after.size,
        **{name: [*first[name], *second[name]] for name in first},
    }
