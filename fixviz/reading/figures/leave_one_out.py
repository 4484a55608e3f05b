"""Figures about leaving out one neighbor: what changes in the attention, and in the prediction."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from fixviz.reading.definitions import help_for
from fixviz.reading.figures.figure import Cells, Figure
from fixviz.reading.figures.layers_and_frames import (
    MOST_NUMBERED,
    layers_and_frames,
    layers_phrase,
    scale_from_0,
)
from fixviz.reading.notes import notes_of
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.leave_one_out import (
    layer_of,
    left_out_predictions,
    left_out_rows,
    over_rows,
)
from fixviz.reading.values.neighborhood import BOTH, View

_CLASS: Final = "class, points"


def changes(view: View, left_out: StoredResult, predicted: StoredResult | None) -> Figure | None:
    """Describe all that changes in the layer in view when a neighbor is left out, as a table.

    predicted: what changes in the predictions ("left_out_predictions"); None where it is not computed.
    Returns None where the result lacks the layer in view.
    """
    if view.layer not in left_out.description["layers"]:
        return None
    layer = layer_of(view, left_out)
    table: dict[str, list[Any]] = {
        "left out": left_out_rows(left_out),
        "attention": [row["axis"] for row in left_out.description["rows"]],
        "output, relative": over_rows(left_out.array("output_change/frame")[layer]).tolist(),
    }
    for which in BOTH if view.fixed else ():
        for kind, how in (("signed", ""), ("absolute", ", size")):
            values = left_out.array(f"ratio_change/{which}/{kind}")[layer]
            table[f"ratio of the {which}{how}"] = over_rows(values).tolist()
    table["concentration"] = over_rows(left_out.array("concentration_change")[layer]).tolist()
    how = "the input of this attention stays the same"
    if predicted is not None and view.layer in predicted.description["layers"]:
        found = left_out_predictions(view, predicted)
        column = found.change[:, found.places.index(f"layer {view.layer}")]
        table[_CLASS] = column[: len(table["left out"])].tolist()
        how += "; for the class, the rest of the network runs with the change"
    return Figure(
        "left-out",
        None,
        caption=view.caption(
            "Change when a neighbor is left out, mean over patches and frames; ratios and concentration of "
            "the heads that hold the direction",
            how,
        ),
        table=table,
        alt="What leaving out each neighbor changes in this layer",
        terms=("leave one out", "concentration"),
        help={
            "output, relative": help_for("leave one out"),
            "concentration": help_for("concentration"),
            _CLASS: "Change of the predicted class's probability in percentage points, mean of the windows.",
            **{f"ratio of the {which}, size": texts.SIZE for which in BOTH},
        },
        file=view.file("left-out"),
    )


def output_change(view: View, left_out: StoredResult) -> Figure:
    """Describe what leaving out each neighbor changes in the attention's output, in layers and over time."""
    values = np.moveaxis(left_out.array("output_change/frame"), 0, 1)
    layers, labels = list(left_out.description["layers"]), left_out_rows(left_out)
    what = "Leave one out: relative change (L2) of the attention's output"
    scale = scale_from_0(view, layers, values)
    chart, table, data = layers_and_frames(
        view, values, layers, labels, (scale, "|change| / |output|"), what
    )
    return Figure(
        "output-change",
        chart,
        caption=f"{what}, over the patches of a frame: {layers_phrase(view, layers)}; all heads "
        f"together; the input of this attention stays the same; {view.directions}; one scale for "
        f"layers and frames; {view.checkpoint}.",
        table={"left out": labels, **table},
        data=data,
        alt=what,
        follows=texts.LEFT_OUT,
        terms=("leave one out",),
        file=view.file("output-change"),
    )


def predictions(view: View, result: StoredResult) -> Figure:
    """Describe how the predicted class's probability changes, for neighbors left out in one or all layers."""
    found = left_out_predictions(view, result)
    known = found.change[np.isfinite(found.change)]
    ends = f"{known.min():+.3g} to {known.max():+.3g}" if known.size else "no value"
    columns: dict[str, list[Any]] = {"left out": found.labels}
    for i, place in enumerate(found.places):
        columns[f"in {place} (percentage points)"] = found.change[:, i].tolist()
    for i, place in enumerate(found.places):
        columns[f"windows with another class, in {place}"] = found.other[:, i].tolist()
    follows = [texts.PREDICTION, *notes_of([view.entry])]
    if "all layers" in found.places:
        count = int(found.other[-1, found.places.index("all layers")])
        follows.insert(
            0,
            f"Without any neighbor, the model predicts another class in {count} of {found.windows} windows.",
        )
    return Figure(
        "left-out-predictions",
        Cells(
            found.change,
            Scale.signed(found.change),
            found.labels,
            [place.removeprefix("layer ") for place in found.places],
            "percentage points",
            column_title="Left out in layer",
            numbers=len(found.places) <= MOST_NUMBERED,
            remarks={
                (int(row), int(column)): f"another class in {int(count)} of {found.windows} windows"
                for (row, column), count in np.ndenumerate(found.other)
                if np.isfinite(count)
            },
        ),
        caption="Leave one out: change of the probability of the class that the whole model predicts for a "
        f"window ({', '.join(found.classes)}), in percentage points: mean of {found.windows} windows; the "
        f"rest of the network runs with the change; {view.checkpoint}.",
        table=columns,
        alt="Change of the predicted class's probability when a neighbor is left out, in percentage points: "
        f"{ends}",
        follows=" ".join(follows),
        terms=("leave one out",),
        file=view.file("left-out-predictions"),
    )
