"""The parts of the Fixation page that look into one frame, token by token."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap
from fixviz.reading.definitions import help_for
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.numbers import signed, with_room
from fixviz.reading.picture_sheet import Row
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import View, part_words
from fixviz.ui.address_words import switch
from fixviz.ui.fixation.picker import chosen_patch, patch_map
from fixviz.ui.fixation.sections import spread_of
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.figures import figure, maps_legend, palette
from fixviz.ui.text import conclude, quiet

_MAP = "fixation-patch"
_CHANNEL_MAPS = 6


def detail(view: View) -> StoredResult | None:
    """The frame's parts and ratios, token by token; computed when they are not there yet."""
    return derived(
        view.run,
        "logit_parts",
        view.model,
        {"axis": view.axis, "layer": view.layer, "frame": view.frame},
        title="Splitting the ratios of this frame into their parts",
    )


def channels(view: View, found: StoredResult | None) -> None:
    """Channels sorted by the spread of their ratio, and maps of the first of them on the frame."""
    mean, spread = spread_of(
        *(view.array(f"ratio_channel/{view.which}/{statistic}") for statistic in ("mean", "std"))
    )
    heads = np.arange(len(mean)) if view.head is None else np.array([view.head])
    head, channel = (
        index.ravel() for index in np.meshgrid(heads, np.arange(mean.shape[1]), indexing="ij")
    )
    order = np.argsort(-spread[head, channel], kind="stable")
    head, channel = head[order], channel[order]
    labels = [f"{h}:{c}" for h, c in zip(head, channel, strict=True)]
    chart = go.Figure(
        go.Bar(
            x=labels,
            y=spread[head, channel],
            customdata=mean[head, channel],
            marker_color=palette()[0 if view.which == "query" else 1],
            hovertemplate="head:channel %{x}<br>spread %{y:.3f}, mean %{customdata:.3f}<extra></extra>",
        )
    )
    chart.update_xaxes(title="head:channel", type="category", nticks=16)
    chart.update_yaxes(title="spread of the ratio", rangemode="tozero")
    figure(
        chart,
        key="channel-spread",
        name=view.file(f"channels-{view.which}"),
        caption=view.every_channel(
            f"Spread of the {view.which}'s ratio in every channel, the largest first: standard deviation "
            "over patches and frames",
            "whole clip",
        ),
        table={
            "head": head.tolist(),
            "channel": channel.tolist(),
            "spread": spread[head, channel].tolist(),
            "mean": mean[head, channel].tolist(),
        },
        height=280,
    )
    if found is not None:
        ratios = np.asarray(found.array(f"ratio/{view.which}"), np.float32)
        _channel_maps(view, ratios, list(zip(head, channel, strict=True))[:_CHANNEL_MAPS])
    conclude(texts.CHANNELS)


def _channel_maps(view: View, ratios: NDArray[np.floating], shown: list[tuple[int, int]]) -> None:
    """Maps of single channels ([h, w, n, d]) on the frame in view."""
    scale = Scale(0.0, 1.0)
    maps = {f"head {h}, channel {c}": ratios[:, :, h, c] for h, c in shown}
    pictures = {
        label: map_picture(view.run, view.model, view.frame, values, scale)
        for label, values in maps.items()
    }
    with st.grid("auto", min_column_width=145, gap="small"):
        for (head, channel), (label, drawn) in zip(shown, pictures.items(), strict=True):
            with st.container(gap="xsmall"):
                st.image(
                    drawn,
                    width="stretch",
                    alt=f"Ratio of the {view.which} in head {head}, channel {channel}, over the frame",
                )
                quiet(label)
    label = f"ratio of the {view.which} in that channel; {view.moment}"
    caption = view.every_channel(
        f"Ratio of the {view.which} in the channels with the largest spread", view.moment
    )
    row, column = np.indices(ratios.shape[:2]).reshape(2, -1).tolist()
    maps_legend(
        scale,
        label,
        lambda: [Row("", list(pictures.items()))],
        key="channel-maps",
        name=view.file(f"channel-maps-{view.which}"),
        caption=caption,
        table={"row": row, "column": column} | {n: v.ravel().tolist() for n, v in maps.items()},
    )


def parts_over_time(view: View) -> None:
    """The mean of every part in every frame."""
    sizes = st.toggle(
        "Sizes without sign", help=help_for("logit parts"), **switch("part_sizes", "sizes")
    )
    kind = "absolute" if sizes else "signed"
    values = view.over_heads(view.array(f"logit/{view.which}/{kind}"))
    held = view.held_parts
    names = [part_words(view.parts[i]) for i in held]
    shown = values[:, held].T
    scale = Scale(0.0, float(shown.max())) if sizes else Scale.signed(shown)
    table = colormap(scale.colors)[::17]
    chart = go.Figure(
        go.Heatmap(
            z=shown,
            x=view.run.times,
            y=names,
            zmin=scale.low,
            zmax=scale.high,
            colorscale=[
                [i / 15, f"rgb({r},{g},{b})"] for i, (r, g, b) in enumerate(table.tolist())
            ],
            colorbar={"title": {"text": "logit", "side": "right"}, "thickness": 10},
            hovertemplate="%{y} at %{x:.2f} s: %{z:.3f}<extra></extra>",
        )
    )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(title="time in s")
    how = "absolute values" if sizes else "with their sign; they add up to the mean logit"
    figure(
        chart,
        key="parts-time",
        name=view.file(f"parts-{view.which}-{kind}"),
        caption=view.caption(
            f"Parts of the logit of the {view.which}'s ratio, mean over patches and channels, {how}",
            _neighbor_note(view),
        ),
        table={
            "time in s": view.run.times,
            **{name: row.tolist() for name, row in zip(names, shown, strict=True)},
        },
        height=120 + 24 * len(names),
    )
    conclude(texts.TIME)


def parts_of_a_token(view: View, found: StoredResult) -> None:
    """A map of the logit to choose a patch on, and the patch's parts as a waterfall that adds up."""
    parts = np.asarray(found.array(f"parts/{view.which}"))
    logit = np.asarray(found.array(f"logit/{view.which}"))
    if view.head is None:
        parts, logit = parts.mean(2), logit.mean(2)
    else:
        parts, logit = parts[:, :, view.head], logit[:, :, view.head]
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            patch = chosen_patch(view.entry, _MAP)
            patch_map(
                view.run,
                view.entry,
                view.frame,
                logit,
                Scale.signed(logit),
                patch,
                key=_MAP,
                name=view.file(f"logit-{view.which}"),
                what="mean logit",
                caption=view.caption(
                    f"Logit of the {view.which}'s ratio at every patch, mean over channels. Click a patch to "
                    "choose it",
                    view.moment,
                ),
            )
        with st.container():
            _waterfall(view, patch, parts[patch], float(logit[patch]), found.description)
    conclude(texts.PARTS)


def _waterfall(
    view: View,
    patch: tuple[int, int],
    parts: NDArray[np.floating],
    logit: float,
    description: Any,
) -> None:
    held = view.held_parts
    names = [part_words(view.parts[i]) for i in held]
    values = [float(parts[i]) for i in held]
    total = float(np.sum(parts, dtype=np.float64))
    colors = palette()
    chart = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[*names, "Logit"],
            x=[*values, total],
            measure=["relative"] * len(values) + ["total"],
            text=[*(signed(v) for v in values), signed(total)],
            textposition="outside",
            increasing={"marker": {"color": colors[1]}},
            decreasing={"marker": {"color": colors[0]}},
            totals={"marker": {"color": colors[4]}},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    chart.update_yaxes(autorange="reversed")
    levels = np.cumsum([0.0, *values])
    chart.update_xaxes(title="logit", range=with_room(levels.min(), levels.max()))
    caption = view.caption(
        f"Parts of the logit of the {view.which}'s ratio at row {patch[0]}, column {patch[1]}, mean "
        "over channels",
        view.moment,
        _neighbor_note(view),
    )
    figure(
        chart,
        key="waterfall",
        name=view.file(f"parts-{view.which}-patch-{patch[0]}-{patch[1]}"),
        caption=caption,
        table={"part": [*names, "Logit"], "value": [*values, total]},
        height=140 + 26 * len(names),
    )
    quiet(
        f"The parts add up to {total:.6f}; the network's own logit is {logit:.6f}. They differ by "
        f"{abs(total - logit):.1e}. The largest such difference in the frame's window, over all channels "
        f"and tokens, is {description['rebuild_error']:.1e} of the largest logit."
    )


def _neighbor_note(view: View) -> str:
    if not view.entry["neighbors"].get(view.axis):
        return "this attention reads no neighbors"
    if view.head is None:
        return "a direction counts as 0 in heads that do not hold it"
    return "only directions that this head holds are shown"
