"""Attention received as pictures, for all models of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fixviz.drawing.markup import Html, tag
from fixviz.reading.map_pictures import evenly
from fixviz.reading.values.concentration import Array
from fixviz.reading.views import View
from fixviz.report import svg
from fixviz.report.pictures import moments, shared_scale, strip
from fixviz.report.sheet import Sheet, section


def pictures(sheet: Sheet, view: View) -> Html:
    """Attention received over frames spread over the clip, all models on one scale."""
    sheet.define("attention weights", "attention received", "by source")
    run, frames = view.run, evenly(view.run)
    names = [entry["name"] for entry in view.models]
    maps = {name: _received(view, name)[frames] for name in names}
    scale, scaled = shared_scale(list(maps.values()))
    shown = [
        part
        for entry in view.models
        for part in (
            tag("h3", entry["title"]),
            strip(run, entry["name"], frames, maps[entry["name"]], scale, "Attention received"),
            *_reads(view, entry),
        )
    ]
    figure = sheet.figure(
        *shown,
        svg.color_bar(scale, "attention received, 1 = as under uniform attention"),
        caption=f"Attention received by each patch: {view.place}; {moments(run, names, frames)}; by "
        f"source; {scaled}. {view.checkpoints}.",
        follows="Bright patches receive more than their even share of the queries' attention in this "
        "layer. That does not show that the prediction rests on them, nor what any single query looks at.",
    )
    return section("pictures", "Where attention goes", figure)


def _received(view: View, name: str) -> Array:
    """[N, h, w] of the layer and head in view."""
    array = view.run.array(f"{name}/{view.axis}/attention_received/source")[view.layer]
    heads = np.asarray(array, np.float32)
    return np.asarray(heads.mean(0) if view.head is None else heads[view.head])


def _reads(view: View, entry: Mapping[str, Any]) -> list[Html]:
    """Which heads in view read content of neighbors."""
    found = entry["reads_elsewhere"].get(view.axis, {})
    heads = [h for h in found if view.head is None or int(h) == view.head]
    if not heads:
        return []
    listed = "; ".join(f"head {head} {found[head]}" for head in heads)
    return [tag("p", f"Counted where the content comes from: {listed}.", class_="follows")]
