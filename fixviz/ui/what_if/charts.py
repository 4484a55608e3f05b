"""The page's charts, as plotly figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

Array = NDArray[np.floating]
_BEFORE = "#8A949E"


@dataclass(frozen=True)
class Pair:
    """One model's values before and after."""

    title: str
    color: str
    before: Array
    after: Array


def per_layer(pairs: Sequence[Pair], measure: str, *, to_one: bool) -> go.Figure:
    """A measure over the layers: before dashed with open marks, after solid."""
    chart = go.Figure()
    for pair in pairs:
        layers = list(range(len(pair.before)))
        for values, name, dash, mark in (
            (pair.before, "before", "dot", "circle-open"),
            (pair.after, "after", "solid", "circle"),
        ):
            chart.add_scatter(
                x=layers,
                y=values,
                name=pair.title if len(pairs) > 1 else name.capitalize(),
                showlegend=len(pairs) == 1 or name == "after",
                mode="lines+markers",
                line={"color": pair.color, "dash": dash, "width": 2},
                marker={"size": 9, "symbol": mark, "color": pair.color, "line": {"width": 2}},
                hovertemplate=f"layer %{{x}}: %{{y:.4g}}<extra>{pair.title}, {name}</extra>",
            )
    layers_shown = max(len(pair.before) for pair in pairs)
    chart.update_xaxes(
        title="Layer", tickvals=list(range(layers_shown)), range=[-0.3, layers_shown - 0.7]
    )
    chart.update_yaxes(title=measure, rangemode="tozero")
    if to_one:
        highest = max(float(np.nanmax([p.before, p.after], initial=0)) for p in pairs)
        chart.update_yaxes(range=[0, min(1.02, max(0.05, 1.15 * highest))])
    return chart


def class_bars(pair: Pair, names: Sequence[str], most: int = 6) -> tuple[go.Figure, list[int]]:
    """The most probable classes of either, most probable before at the top; and which they are."""
    strongest = np.maximum(pair.before, pair.after).argsort()[::-1][:most]
    order = sorted(strongest.tolist(), key=lambda c: float(pair.before[c]))
    chart = go.Figure()
    labels = [names[c] for c in order]
    # Drawn from the bottom up, so the pair's second bar comes first.
    for values, name, color in (
        (pair.after, "After", pair.color),
        (pair.before, "Before", _BEFORE),
    ):
        chart.add_bar(
            x=[float(values[c]) for c in order],
            y=labels,
            orientation="h",
            name=name,
            marker={"color": color},
            text=[f"{values[c]:.2f}" for c in order],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x:.3f}}<extra>{name}</extra>",
        )
    chart.update_layout(barmode="group", bargap=0.3, legend_traceorder="reversed")
    chart.update_xaxes(title="Probability", range=[0, 1.08], tickvals=[0, 0.25, 0.5, 0.75, 1])
    return chart, order[::-1]
