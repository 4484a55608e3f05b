"""Figures about fixation ratios: where they are high, how they spread, and what they do."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fixviz.reading.counting import BY_SLOT, DETAILS
from fixviz.reading.figures.figure import (
    TIME,
    Array,
    Axis,
    Bars,
    Cells,
    Figure,
    Lines,
    Maps,
    Series,
)
from fixviz.reading.figures.maps import frames_table, map_row
from fixviz.reading.map_pictures import with_view
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import BOTH, VARIANTS, View
from fixviz.reading.views import frames_phrase

_RATIO = Axis("Fixation ratio", 0.0, 1.0)
_FIXED = "only the ratios of this attention are changed, its input is not"
_COLORS = dict(zip(VARIANTS, (0, 4, 1), strict=True))


def ratio_maps(view: View, *, unit_scale: bool = False) -> Figure:
    """Describe maps of both ratios on one scale.

    unit_scale: colors go from 0 to 1 instead of from the lowest to the highest ratio.
    """
    frames = with_view(view.run, view.frame)
    maps = {
        f"Ratio of the {which}": view.over_heads(view.array(f"ratio_{which}"))[frames]
        for which in BOTH
    }
    scale = Scale(0.0, 1.0) if unit_scale else Scale.of(np.stack(list(maps.values())))
    ends = "0 to 1" if unit_scale else "from the lowest to the highest ratio in these pictures"
    rows = [
        map_row(view.run, view.model, frames, values, scale, f"Fixation r{title[1:]}", title)
        for title, values in maps.items()
    ]
    return Figure(
        "ratio-maps",
        Maps(rows, [(scale, "fixation ratio: 0 removes the feature, 1 keeps it")]),
        caption=view.caption(
            "Fixation ratio per token, mean over channels",
            frames_phrase(view.run, frames),
            f"one scale for all pictures, {ends}",
        ),
        table=frames_table(frames, maps),
        alt="Maps of the fixation ratios of query and key",
        follows=texts.MAPS,
        terms=("fixation ratio",),
        file=view.file("ratio-maps"),
    )


def histogram(view: View) -> Figure:
    """Describe how the ratios of all tokens and channels of this attention are distributed."""
    shares = {
        which: 100 * view.over_heads(view.array(f"ratio_histogram/{which}")).mean(0)
        for which in BOTH
    }
    edges, points = _bins(len(shares["query"]))
    middles = (edges[:-1] + edges[1:]) / 2
    means = ", ".join(
        f"{which} {float((values * middles).sum() / values.sum()):.2f}"
        for which, values in shares.items()
    )
    return Figure(
        "ratio-histogram",
        Lines(
            edges,
            [
                Series(f"ratio of the {which}", values, color, steps=True)
                for color, (which, values) in enumerate(shares.items())
            ],
            _RATIO,
            Axis("Ratios (%)"),
            points=points,
        ),
        caption=view.caption(
            f"Share of the ratios of all tokens and channels in each of {len(points)} bins",
            "all frames",
        ),
        table={
            "from": edges[:-1].tolist(),
            "to": edges[1:].tolist(),
            **{f"{which} (%)": values.tolist() for which, values in shares.items()},
        },
        alt=f"Distribution of the ratios; mean of the bins: {means}",
        follows=texts.SPREAD,
        terms=("fixation ratio",),
        file=view.file("ratio-histogram"),
    )


def histogram_of_all_heads(view: View) -> Figure:
    """Describe how one ratio is distributed in every layer and head."""
    name = f"{view.model}/{view.axis}/ratio_histogram/{view.which}"
    shares = 100 * np.asarray(view.run.array(name), np.float32).mean(2)
    layers, heads, bins = shares.shape
    edges, _ = _bins(bins)
    labels = [f"layer {layer}, head {head}" for layer in range(layers) for head in range(heads)]
    flat = shares.reshape(-1, bins)
    layer, head, bin_ = (index.ravel().tolist() for index in np.indices(shares.shape))
    return Figure(
        "ratio-heads",
        Cells(
            flat,
            Scale(0.0, float(flat.max()) or 1.0),
            labels,
            (edges[:-1] + edges[1:]) / 2,
            "ratios (%)",
            column_title="Fixation ratio",
            numbers=False,
        ),
        caption=f"Share of the {view.which}'s ratios in each of {bins} bins: {view.axis} attention, all "
        f"layers and heads; all frames; {view.checkpoint}.",
        table={
            "layer": layer,
            "head": head,
            "from": edges[bin_].tolist(),
            "to": edges[np.array(bin_) + 1].tolist(),
            "ratios (%)": flat.ravel().tolist(),
        },
        alt=f"Distribution of the {view.which}'s ratios in {layers} layers of {heads} heads",
        file=view.file(f"ratio-{view.which}-all-heads"),
    )


def effect(view: View) -> Figure:
    """Describe concentration over time with the learned ratios, with all set to 1, and shuffled."""
    run = view.run
    lines = {title: view.over_heads(array[view.layer]) for title, array in _variants(view).items()}
    means = {title: float(np.nanmean(line)) for title, line in lines.items()}
    return Figure(
        "ratios-concentration",
        Lines(
            np.array(run.times),
            [Series(title, line, _COLORS[title]) for title, line in lines.items()],
            Axis(TIME),
            Axis("Concentration"),
            now=run.timestamp(view.frame),
            points=[f"frame {f}, {run.timestamp(f):.2f} s" for f in range(run.frames)],
        ),
        caption=view.caption(
            "Concentration with the learned ratios, with all set to 1, and shuffled; mean over the queries "
            "of a frame",
            BY_SLOT,
            _FIXED,
            f"the vertical line marks frame {view.frame} ({run.timestamp(view.frame):.2f} s)",
        ),
        details=DETAILS,
        table={
            "frame": list(range(run.frames)),
            "time (s)": run.times,
            **{title: line.tolist() for title, line in lines.items()},
        },
        alt="Concentration over time; means: "
        + ", ".join(f"{title} {mean:.3f}" for title, mean in means.items()),
        follows="Mean concentration over this clip: {:.3f} as learned, {:.3f} with all ratios 1, {:.3f} "
        "with shuffled ratios. ".format(*means.values())
        + texts.CONCENTRATION,
        terms=("concentration", "ratios set to 1", "ratios shuffled"),
        file=view.file("concentration"),
    )


def effect_per_layer(view: View) -> Figure:
    """Describe mean concentration in every layer with the learned ratios, all set to 1, and shuffled."""
    means = {
        title: np.array([np.nanmean(view.over_heads(layer)) for layer in array])
        for title, array in _variants(view).items()
    }
    layers = [str(layer) for layer in range(len(means["shuffled"]))]
    head = view.place.rpartition(", ")[2]
    return Figure(
        "ratios-concentration-layers",
        Bars(
            layers,
            [Series(title, values, _COLORS[title]) for title, values in means.items()],
            Axis("Concentration"),
            label_title="Layer",
        ),
        caption="Concentration with the learned ratios, with all set to 1, and shuffled; mean over queries "
        f"and frames: {view.axis} attention, all layers, {head}; {BY_SLOT}; {_FIXED}; {view.checkpoint}.",
        details=DETAILS,
        table={"layer": layers, **{title: values.tolist() for title, values in means.items()}},
        alt="Concentration per layer: "
        + "; ".join(
            f"layer {layer} " + ", ".join(f"{number(float(v[i]))} {t}" for t, v in means.items())
            for i, layer in enumerate(layers)
        ),
        file=view.file("concentration-per-layer"),
    )


def _variants(view: View) -> dict[str, Array]:
    """Return the concentration of every layer, head and frame, [L, n, N], with each kind of ratios."""
    return {
        title: view.run.rows_measure(view.model, view.axis, "concentration", quantity)
        for title, quantity in VARIANTS.items()
    }


def _bins(count: int) -> tuple[Array, list[str]]:
    """Return the edges of `count` equal bins from 0 to 1, and the names of the bins."""
    edges = np.linspace(0, 1, count + 1)
    return edges, [f"{a:.2f} to {b:.2f}" for a, b in pairwise(edges)]
