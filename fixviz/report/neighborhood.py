"""What keys and values hear from their neighbors, and what changes without one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fixviz.drawing.markup import Html, tag
from fixviz.errors import ConfigError
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.concentration import known_mean
from fixviz.reading.values.neighborhood import View, hears
from fixviz.reading.views import View as Chosen
from fixviz.report import svg
from fixviz.report.sheet import Sheet, row, section

_BOTH = ("query", "key")
_AXES = (
    "8 grid neighbors in the temporal attention, next and previous frame in the spatial attention"
)


def neighborhood(sheet: Sheet, chosen: Chosen, run: StoredRun) -> Html:
    """The figures of every model that hears neighbors."""
    parts: list[Html] = []
    for entry in filter(hears, run.models):
        layer = min(chosen.layer, entry["layers"] - 1)
        view = View(run, entry, layer, chosen.frame, "query")
        left_out = [r for r in run.all_derived("leave_one_out") if r.request.model == view.model]
        predicted = [
            r for r in run.all_derived("left_out_predictions") if r.request.model == view.model
        ]
        found = [_shares(sheet, view)] if view.fixed and _shared(view) else []
        found += [_output(sheet, view, result) for result in left_out]
        found += [_prediction(sheet, view, result) for result in predicted]
        if found:
            parts += [tag("h3", entry["title"]), *found]
    return section("neighborhood", "Neighborhood", *parts)


def _shared(view: View) -> bool:
    """Whether the shares can be drawn: the run holds them, and its configuration can be read."""
    try:
        return view.has("neighbor_share/query") and any(arm.heads for arm in view.arms())
    except ConfigError:
        return False


def _shares(sheet: Sheet, view: View) -> Html:
    """Mean share of every direction in every layer, for both ratios."""
    sheet.define("neighborhood contribution", "logit parts")
    arms, layers = list(view.arms()), range(view.entry["layers"])
    found = {}
    for which in _BOTH:
        of = View(view.run, view.entry, view.layer, view.frame, which)
        found[which] = np.array(
            [[float(known_mean(of.share(arm, i).ravel(), 0)) for i in layers] for arm in arms]
        )
    scale = Scale(0.0, float(np.nanmax(list(found.values()))) or 1.0)
    names = [arm.direction.label for arm in arms]
    charts = []
    for which, values in found.items():
        strongest, layer = np.unravel_index(int(np.nanargmax(values)), values.shape)
        chart = svg.cells(
            values,
            scale,
            rows=names,
            columns=[str(i) for i in layers],
            row_title="",
            column_title="layer",
            alt=f"Share of each neighbor in the logit of the {which}'s ratio, layer by layer; largest: "
            f"{names[strongest]}, {values[strongest, layer]:.3g} in layer {layer}",
        )
        charts.append(tag("div", tag("h4", f"Ratio of the {which}"), chart))
    return sheet.figure(
        row(*charts),
        svg.color_bar(scale, "share of the logit, one scale for both ratios"),
        caption=f"Share of each direction in the ratio's logit: {_AXES}; mean over patches, all frames, "
        f"and the heads and channels that hold the direction. "
        f"{view.checkpoint}.",
        follows=texts.SHARE,
        numbers={
            "ratio of": [which for which, v in found.items() for _ in range(v.size)],
            "direction": [names[i] for v in found.values() for i in np.indices(v.shape)[0].ravel()],
            "layer": [i for v in found.values() for i in np.indices(v.shape)[1].ravel().tolist()],
            "share": [x for v in found.values() for x in v.ravel().tolist()],
        },
    )


def _output(sheet: Sheet, view: View, result: StoredResult) -> Html:
    """What one stored result of leaving out changes in the attention's output."""
    sheet.define("leave one out")
    rows = [row["label"] for row in result.description["rows"]]
    layers = [str(layer) for layer in result.description["layers"]]
    change = np.asarray(known_mean(result.array("output_change/frame"), -1)).T
    scale = Scale(0.0, float(np.nanmax(change)) or 1.0)
    largest, layer = np.unravel_index(int(np.nanargmax(change)), change.shape)
    chart = svg.cells(
        change,
        scale,
        rows=rows,
        columns=layers,
        row_title="",
        column_title="layer",
        alt=f"Change of the attention's output when a neighbor is left out; largest: {rows[largest]}, "
        f"{change[largest, layer]:.3g} in layer {layers[layer]}",
    )
    return sheet.figure(
        chart,
        svg.color_bar(scale, "|change| / |output|"),
        beside=True,
        caption=f"Leave one out: relative change (L2) of the attention's output, while its input stays the "
        f"same; {_AXES}; mean over patches and all frames, all heads together. "
        f"{view.checkpoint}.",
        follows=texts.LEFT_OUT,
        numbers={
            "left out": rows,
            **{f"layer {name}": change[:, i].tolist() for i, name in enumerate(layers)},
        },
    )


def _prediction(sheet: Sheet, view: View, result: StoredResult) -> Html:
    sheet.define("leave one out")
    own = result.array("own")
    predicted, windows = own.argmax(1), np.arange(len(own))
    labels = [*(row["label"] for row in result.description["rows"]), "every neighbor"]
    sets: dict[str, Any] = {}
    if "layer" in result.description["arrays"]:
        values = result.array("layer")
        for layer, of_layer in zip(result.description["layers"], values, strict=True):
            sets[f"in layer {layer}"] = of_layer
    if "everywhere" in result.description["arrays"]:
        sets["in all layers"] = result.array("everywhere")
    changes = {}
    for title, values in sets.items():
        change = 100 * (values[:, windows, predicted] - own[windows, predicted]).mean(1)
        changes[title] = np.append(change, [np.nan] * (len(labels) - len(change)))
    grid = np.array(list(changes.values())).T
    scale = Scale.signed(grid)
    chart = svg.cells(
        grid,
        scale,
        rows=labels,
        columns=[title.removeprefix("in ") for title in changes],
        row_title="",
        column_title="left out in",
        alt="Change of the predicted class's probability when a neighbor is left out, from "
        f"{np.nanmin(grid):+.3g} to {np.nanmax(grid):+.3g} percentage points",
    )
    classes = view.entry["classes"]
    names = ", ".join(dict.fromkeys(str(classes[i]) for i in predicted))
    return sheet.figure(
        chart,
        svg.color_bar(scale, "percentage points, symmetric scale"),
        beside=True,
        caption=f"Leave one out: change of the probability of the class that the whole model predicts "
        f"for a window ({names}), in percentage points; mean of {len(own)} windows. The rest of the "
        f"network runs with the change. {view.checkpoint}.",
        follows=texts.PREDICTION,
        numbers={"left out": labels, **{t: c.tolist() for t, c in changes.items()}},
    )
