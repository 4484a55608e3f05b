"""Fixation ratios of a model: where they are high, what drives them, what they do."""

from __future__ import annotations

from typing import Any

import numpy as np

from fixviz.errors import ConfigError
from fixviz.reading.map_pictures import evenly
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.concentration import View as Chosen
from fixviz.reading.values.fixation import View, part_words
from fixviz.report import svg
from fixviz.report.drawing import Series
from fixviz.report.markup import Html, number, tag
from fixviz.report.pictures import moments, strip
from fixviz.report.sheet import Sheet, row, section

_BOTH = ("query", "key")
_VARIANTS = {
    "as learned": "metrics",
    "all set to 1": "metrics_ratios/ones",
    "shuffled": "metrics_ratios/shuffled",
}


def fixation(sheet: Sheet, chosen: Chosen) -> Html:
    """The figures of every model that has fixation, in the layer and head in view."""
    parts = []
    for entry in chosen.models:
        if entry["fixation"] == "none":
            continue
        view = View(
            chosen.run, entry, chosen.axis, chosen.layer, chosen.head, chosen.frame, "query"
        )
        parts.append(tag("h3", entry["title"]))
        parts.append(_maps(sheet, view))
        if _has(view, "ratio_histogram/query"):
            parts.append(_histogram(sheet, view))
        if _has(view, "logit/query/signed"):
            parts.append(_parts(sheet, view))
        if all(_has(view, quantity) for quantity in _VARIANTS.values()):
            parts.append(_effect(sheet, view))
    if parts:
        sheet.define("fixation ratio")
    return section("fixation", "Fixation", *parts)


def _has(view: View, quantity: str) -> bool:
    return view.run.has(f"{view.model}/{view.axis}/{quantity}")


def _maps(sheet: Sheet, view: View) -> Html:
    run, frames = view.run, evenly(view.run)
    maps = {which: view.over_heads(view.array(f"ratio_{which}"))[frames] for which in _BOTH}
    scale = Scale.of(np.stack(list(maps.values())))
    shown = [
        part
        for which, values in maps.items()
        for part in (
            tag("h4", f"Ratio of the {which}"),
            strip(run, view.model, frames, values, scale, f"Fixation ratio of the {which}"),
        )
    ]
    return sheet.figure(
        *shown,
        svg.color_bar(scale, "fixation ratio: 0 removes the feature, 1 keeps it"),
        caption=view.caption(
            "Fixation ratio per token, mean over channels",
            moments(run, [view.model], frames),
            "one scale for all pictures, from the lowest to the highest ratio",
        ),
        follows=texts.MAPS,
    )


def _histogram(sheet: Sheet, view: View) -> Html:
    shares = {
        which: 100 * view.over_heads(view.array(f"ratio_histogram/{which}")).mean(0)
        for which in _BOTH
    }
    edges = np.linspace(0, 1, len(shares["query"]) + 1)
    means = ", ".join(
        f"{which} {float((values * (edges[:-1] + edges[1:]) / 2).sum() / values.sum()):.2f}"
        for which, values in shares.items()
    )
    chart = svg.lines(
        edges,
        [
            Series(f"ratio of the {which}", values, color, steps=True)
            for color, (which, values) in enumerate(shares.items())
        ],
        x_title="fixation ratio",
        y_title="ratios (%)",
        alt=f"Distribution of the ratios; mean of the bins: {means}",
    )
    return sheet.figure(
        chart,
        beside=True,
        caption=view.caption(
            f"Share of the ratios of all tokens and channels in each of {len(edges) - 1} bins",
            "all frames",
        ),
        follows=texts.SPREAD,
        numbers={
            "from": edges[:-1].tolist(),
            "to": edges[1:].tolist(),
            **{f"{which} (%)": values.tolist() for which, values in shares.items()},
        },
    )


def _parts(sheet: Sheet, view: View) -> Html:
    """The mean logit as a sum that adds up on paper."""
    sheet.define("logit parts")
    try:
        held = view.held_parts
    except ConfigError:
        held = list(range(len(view.parts)))
    names = [part_words(view.parts[i]) for i in held]
    charts, columns = [], {"part": [*names, "Logit"]}
    for which in _BOTH:
        mean = np.asarray(
            view.over_heads(view.array(f"logit/{which}/signed")).mean(0)[held], np.float64
        )
        total = float(mean.sum())
        values = np.append(mean, total)
        starts = np.append(np.cumsum(mean) - mean, 0.0)
        columns[f"ratio of the {which}"] = values.tolist()
        chart = svg.bars(
            columns["part"],
            [Series("part of the logit", values, _BOTH.index(which))],
            title="logit",
            alt=f"Parts of the logit of the {which}'s ratio: "
            + ", ".join(f"{n} {number(v)}" for n, v in zip(columns["part"], values, strict=True)),
            starts=starts,
        )
        charts.append(tag("div", tag("h4", f"Ratio of the {which}"), chart))
    return sheet.figure(
        row(*charts),
        caption=view.caption(
            "What drives the ratio: the parts of its logit. Each bar begins where the one above ends, and "
            "the last one is their sum",
            "mean over patches, channels and all frames",
            "a direction counts as 0 in heads that do not hold it",
        ),
        follows=texts.PARTS,
        numbers=columns,
    )


def _effect(sheet: Sheet, view: View) -> Html:
    sheet.define("concentration", "ratios set to 1", "ratios shuffled")
    run, column = view.run, list(view.run.manifest["metrics"]).index("concentration")
    lines = {
        title: view.over_heads(view.array(quantity)[..., column])
        for title, quantity in _VARIANTS.items()
    }
    means = ", ".join(f"{title} {float(np.nanmean(y)):.3f}" for title, y in lines.items())
    times = run.times
    chart = svg.lines(
        np.array(times),
        [
            Series(title, y, color)
            for color, (title, y) in zip((0, 4, 1), lines.items(), strict=True)
        ],
        x_title="time (s)",
        y_title="concentration",
        alt=f"Concentration over time; mean over the clip: {means}",
        now=run.timestamp(view.frame),
    )
    numbers: dict[str, list[Any]] = {"frame": list(range(run.frames)), "time (s)": times}
    return sheet.figure(
        chart,
        beside=True,
        caption=view.caption(
            f"Concentration with the learned ratios, with all set to 1, and shuffled; over the clip: "
            f"{means}. The vertical line marks frame {view.frame} ({run.timestamp(view.frame):.2f} s)",
            "mean over the queries of a frame, by slot",
            "only the ratios of this attention are changed, its input is not",
        ),
        follows=texts.CONCENTRATION,
        numbers={**numbers, **{title: y.tolist() for title, y in lines.items()}},
    )
