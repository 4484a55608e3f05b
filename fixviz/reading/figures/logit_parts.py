"""Figures about what drives a fixation ratio: the parts of its logit, which add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fixviz.reading.figures.figure import (
    TIME,
    Array,
    Axis,
    Cells,
    Figure,
    Panel,
    Panels,
    PatchMap,
    Waterfall,
)
from fixviz.reading.figures.maps import extremes, patches_table
from fixviz.reading.numbers import number
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import BOTH, View

_LOGIT = Axis("Logit")


def parts_over_time(view: View, *, sizes: bool = False) -> Figure:
    """Describe the mean of every part of the logit in every frame. sizes: of the parts without sign."""
    kind = "absolute" if sizes else "signed"
    shown = view.over_heads(view.array(f"logit/{view.which}/{kind}"))[:, view.held_parts].T
    scale = Scale(0.0, float(shown.max()) or 1.0) if sizes else Scale.signed(shown)
    how = "absolute values" if sizes else "with their sign; they add up to the mean logit"
    return Figure(
        "parts-time",
        Cells(
            shown,
            scale,
            view.held_names,
            np.array(view.run.times),
            "logit",
            column_title=TIME,
            numbers=False,
        ),
        caption=view.caption(
            f"Parts of the logit of the {view.which}'s ratio, mean over patches and channels, {how}",
            _neighbor_note(view),
        ),
        table={
            "frame": list(range(view.run.frames)),
            "time (s)": view.run.times,
            **{name: row.tolist() for name, row in zip(view.held_names, shown, strict=True)},
        },
        alt="Parts of the logit over time; means: " + _listed(view.held_names, shown.mean(1)),
        follows=texts.TIME,
        terms=("logit parts",),
        file=view.file(f"parts-{view.which}-{kind}"),
    )


def parts_of_the_clip(view: View) -> Figure:
    """Describe the mean logit of both ratios over the clip as parts that add up."""
    names, panels, columns = view.held_names, [], {}
    for which in BOTH:
        signed = view.over_heads(view.array(f"logit/{which}/signed")).mean(0)[view.held_parts]
        mean = np.asarray(signed, np.float64)
        columns[f"ratio of the {which}"] = [*mean.tolist(), float(mean.sum())]
        panels.append(
            Panel(
                f"Ratio of the {which}",
                Waterfall(names, mean, _LOGIT, "Logit"),
                f"Parts of the logit of the {which}'s ratio: {_listed(names, mean)}",
            )
        )
    return Figure(
        "parts-clip",
        Panels(panels),
        caption=view.caption(
            "Parts of the logits of both ratios, mean over patches, channels and all frames",
            "each bar begins where the one above ends, and the last one is their sum",
            _neighbor_note(view),
        ),
        table={"part": [*names, "Logit"], **columns},
        alt="Parts of the logits of both ratios",
        follows=texts.PARTS,
        terms=("logit parts",),
        file=view.file("parts"),
    )


def logit_map(view: View, found: StoredResult, patch: tuple[int, int]) -> Figure:
    """Describe the logit at every patch, on which a patch can be chosen."""
    logit = _of_head(view, found.array(f"logit/{view.which}"))
    return Figure(
        "fixation-patch",
        PatchMap(
            view.run.frame_image(view.frame),
            view.cell,
            logit,
            Scale.signed(logit),
            "mean logit",
            patch,
        ),
        caption=view.caption(
            f"Logit of the {view.which}'s ratio at every patch, mean over channels",
            view.moment,
            "click a patch to choose it",
        ),
        table=patches_table({"mean logit": logit}),
        alt=f"Logit of the {view.which}'s ratio at every patch. {extremes(logit)}",
        file=view.file(f"logit-{view.which}"),
    )


def parts_of_a_token(view: View, found: StoredResult, patch: tuple[int, int]) -> Figure:
    """Describe the logit at one patch as parts that add up, beside the network's own logit."""
    parts = _of_head(view, found.array(f"parts/{view.which}"))[patch][view.held_parts]
    parts, names = np.asarray(parts, np.float64), view.held_names
    total = float(parts.sum())
    logit = float(_of_head(view, found.array(f"logit/{view.which}"))[patch])
    return Figure(
        "waterfall",
        Waterfall(names, parts, _LOGIT, "Logit"),
        caption=view.caption(
            f"Parts of the logit of the {view.which}'s ratio at row {patch[0]}, column {patch[1]}, mean "
            "over channels",
            view.moment,
            _neighbor_note(view),
        )
        + f" The parts add up to {total:.6f}; the network's own logit is {logit:.6f}. They differ by "
        f"{abs(total - logit):.1e}. The largest such difference in the frame's window, over all channels "
        f"and tokens, is {found.description['rebuild_error']:.1e} of the largest logit.",
        table={"part": [*names, "Logit"], "value": [*parts.tolist(), total]},
        alt=f"Parts of the logit: {_listed(names, parts)}; together {number(total)}",
        terms=("logit parts",),
        file=view.file(f"parts-{view.which}-patch-{patch[0]}-{patch[1]}"),
    )


def _of_head(view: View, values: Array) -> Array:
    """Take the head in view, or the mean of all heads: [h, w, n, ...] to [h, w, ...]."""
    return np.asarray(values.mean(2) if view.head is None else values[:, :, view.head])


def _listed(names: Sequence[str], values: Array) -> str:
    return ", ".join(f"{name} {number(float(v))}" for name, v in zip(names, values, strict=True))


def _neighbor_note(view: View) -> str:
    if not view.entry["neighbors"].get(view.axis):
        return "this attention reads no neighbors"
    if view.head is None:
        return "a direction counts as 0 in heads that do not hold it"
    return "only directions that this head holds are shown"
