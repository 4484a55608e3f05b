"""The parts of the Fixation page that show what the run holds: pictures and charts."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.reading.counting import BY_SLOT, DETAILS
from fixviz.reading.map_pictures import evenly
from fixviz.reading.picture_sheet import map_rows
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import View
from fixviz.ui.address_words import switch
from fixviz.ui.inspect_run.figures import figure, maps_legend, palette
from fixviz.ui.inspect_run.pictures import map_row
from fixviz.ui.text import conclude, quiet

BOTH = ("query", "key")
_CONCENTRATION = 2
_RATIO = "fixation ratio: 0 removes the feature, 1 keeps it"


def ratio_maps(view: View) -> None:
    """Maps of both ratios over frames spread over the clip, on one scale."""
    frames = sorted({*evenly(view.run, 5), view.frame})
    maps = {which: view.over_heads(view.array(f"ratio_{which}"))[frames] for which in BOTH}
    whole = st.toggle(
        "Colors from 0 to 1",
        **switch("ratio_scale", "unit_scale"),
        help="Off: colors go from the lowest to the highest ratio in these pictures, the same for both rows.",
    )
    scale = Scale(0.0, 1.0) if whole else Scale.of(np.stack(list(maps.values())))
    for which, values in maps.items():
        st.markdown(f"**Ratio of the {which}**")
        map_row(
            view.run, view.model, frames, values, scale, f"Fixation ratio of the {which}", width=165
        )
    scaled = "0 to 1" if whole else "from the lowest to the highest ratio in these pictures"
    caption = view.caption(
        "Fixation ratio per token, mean over channels",
        f"frames {', '.join(map(str, frames))}",
        f"colors: {scaled}",
    )
    rows = {f"Ratio of the {which}": values for which, values in maps.items()}
    frame, row, column = np.indices(maps["query"].shape).reshape(3, -1)
    maps_legend(
        scale,
        _RATIO,
        lambda: map_rows(view.run, view.model, frames, rows, scale),
        key="ratio-maps",
        name=view.file("ratio-maps"),
        caption=caption,
        table={
            "frame": np.array(frames)[frame].tolist(),
            "row": row.tolist(),
            "column": column.tolist(),
            **{f"ratio of the {which}": values.ravel().tolist() for which, values in maps.items()},
        },
    )
    quiet(caption)
    conclude(texts.MAPS)


def distribution(view: View) -> None:
    """Histogram of both ratios in this attention, and of one ratio in all layers and heads."""
    colors = palette()
    shares = {w: view.over_heads(view.array(f"ratio_histogram/{w}")).mean(0) for w in BOTH}
    bins = next(iter(shares.values())).size
    centers = (np.arange(bins) + 0.5) / bins
    chart = go.Figure()
    for color, dash, (which, values) in zip(
        colors, ("solid", "dash"), shares.items(), strict=False
    ):
        chart.add_scatter(
            x=np.linspace(0, 1, bins + 1),
            y=100 * np.append(values, values[-1]),
            name=which,
            mode="lines",
            line={"shape": "hv", "color": color, "dash": dash},
            text=[
                *(
                    f"{i / bins:.2f} to {(i + 1) / bins:.2f}: {100 * v:.1f} %"
                    for i, v in enumerate(values)
                ),
                "",
            ],
            hovertemplate="%{text}" + f"<extra>{which}</extra>",
        )
    chart.update_xaxes(title="fixation ratio", range=[0, 1])
    chart.update_yaxes(title="% of ratios", rangemode="tozero")
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            st.markdown("**In this attention**")
            figure(
                chart,
                key="ratio-histogram",
                name=view.file("ratio-histogram"),
                caption=view.caption(
                    "Share of the ratios of all tokens and channels in each of 20 bins",
                    "whole clip",
                ),
                table={
                    "bin center": centers.tolist(),
                    **{f"share, {w}": v.tolist() for w, v in shares.items()},
                },
            )
        with st.container():
            st.markdown(f"**In every layer and head** (ratio of the {view.which})")
            _all_heads(view, centers)
    conclude(texts.SPREAD)


def _all_heads(view: View, centers: NDArray[np.floating]) -> None:
    name = f"{view.model}/{view.axis}/ratio_histogram/{view.which}"
    shares = np.asarray(view.run.array(name), np.float32).mean(2)
    layers, heads, bins = shares.shape
    labels = [f"layer {layer}, head {head}" for layer in range(layers) for head in range(heads)]
    flat = 100 * shares.reshape(-1, bins)
    chart = go.Figure(
        go.Heatmap(
            z=flat,
            x=centers,
            y=labels,
            colorscale="Viridis",
            colorbar={"title": {"text": "% of ratios", "side": "right"}, "thickness": 10},
            hovertemplate="%{y}, ratio about %{x:.3f}: %{z:.1f}%<extra></extra>",
        )
    )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(title="fixation ratio", range=[0, 1])
    figure(
        chart,
        key="ratio-heads",
        name=view.file(f"ratio-{view.which}-all-heads"),
        caption=f"Share of the {view.which}'s ratios in each of 20 bins. All layers and heads, "
        f"{view.axis} attention; whole clip; {view.checkpoint}.",
        table={
            "layer": np.repeat(np.arange(layers), heads * bins).tolist(),
            "head": np.tile(np.repeat(np.arange(heads), bins), layers).tolist(),
            "bin center": np.tile(centers, layers * heads).tolist(),
            "share": (flat / 100).ravel().tolist(),
        },
        height=max(320, 16 * len(labels) + 60),
    )


def spread_of(
    mean: NDArray[np.floating], std: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Mean and spread over all patches and frames, from those of each frame ([..., N, d] each)."""
    return mean.mean(-2), np.sqrt((std**2).mean(-2) + mean.var(-2))


def features(view: View) -> None:
    """Mean feature of each channel before and after the ratio."""
    before, after = (
        view.array(f"feature_channel/{view.which}/{step}").mean(1) for step in ("before", "after")
    )
    heads = range(len(before)) if view.head is None else [view.head]
    labels = [f"{head}:{channel}" for head in heads for channel in range(before.shape[1])]
    first, second = (values[list(heads)].ravel() for values in (before, after))
    colors = palette()
    chart = go.Figure()
    for color, name, values in (
        (colors[4], "before", first),
        (colors[0 if view.which == "query" else 1], "after the ratio", second),
    ):
        chart.add_bar(x=labels, y=values, name=name, marker_color=color)
    chart.update_layout(barmode="overlay")
    chart.update_xaxes(title="head:channel", type="category", nticks=16)
    chart.update_yaxes(title="mean feature")
    symbol = "φ(q) and φ(q) r_q" if view.which == "query" else "φ(k') and φ(k') r_k"
    caption = view.every_channel(
        f"{symbol} per channel, mean over patches and frames", "whole clip"
    )
    figure(
        chart,
        key="features",
        name=view.file(f"features-{view.which}"),
        caption=caption,
        table={
            "head:channel": labels,
            "before": first.tolist(),
            "after": second.tolist(),
            "kept": (second / np.where(first == 0, np.nan, first)).tolist(),
        },
    )
    kept = kept_share(first, second)
    conclude(
        f"{texts.FEATURES} {texts.SIGNED_FEATURES}"
        if np.isnan(kept)
        else f"Of the sum of the mean features, {100 * kept:.0f} % is left. {texts.FEATURES}"
    )


def kept_share(before: NDArray[np.floating], after: NDArray[np.floating]) -> float:
    """Sum of features after the ratio per sum before; NaN where some are negative, or all are 0."""
    if (before < 0).any() or not before.any():
        return float("nan")
    return float(after.sum() / before.sum())


def concentration(view: View) -> None:
    """Concentration over time, and per layer, with the learned, unit and shuffled ratios."""
    variants = {
        "as learned": "metrics",
        "all set to 1": "metrics_ratios/ones",
        "shuffled": "metrics_ratios/shuffled",
    }
    colors = [palette()[i] for i in (0, 4, 1)]
    times = view.run.times
    lines, layers = {}, {}
    for title, quantity in variants.items():
        whole = view.run.array(f"{view.model}/{view.axis}/{quantity}")[..., _CONCENTRATION]
        lines[title] = view.over_heads(whole[view.layer])
        layers[title] = [float(view.over_heads(layer).mean()) for layer in whole]
    time_chart, layer_chart = go.Figure(), go.Figure()
    for color, title, dash in zip(colors, variants, ("solid", "dash", "dot"), strict=True):
        line = {"color": color, "dash": dash}
        time_chart.add_scatter(x=times, y=lines[title], name=title, mode="lines", line=line)
        names = [str(number) for number in range(len(layers[title]))]
        layer_chart.add_bar(x=names, y=layers[title], name=title, marker_color=color)
    time_chart.add_vline(x=times[view.frame], line={"width": 1, "color": colors[1]})
    time_chart.update_xaxes(title="time in s")
    time_chart.update_yaxes(title="concentration", rangemode="tozero")
    layer_chart.update_xaxes(title="layer", type="category")
    layer_chart.update_yaxes(title="concentration", rangemode="tozero")
    fixed = "only the ratios of this attention are changed, its input is not"
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            st.markdown("**Over time**")
            figure(
                time_chart,
                key="ratios-concentration",
                name=view.file("concentration"),
                caption=view.caption(
                    "Concentration, mean over the queries of a frame",
                    fixed,
                    BY_SLOT,
                    f"the vertical line marks frame {view.frame}",
                ),
                details=DETAILS,
                table={"time in s": times, **{t: v.tolist() for t, v in lines.items()}},
            )
        with st.container():
            st.markdown("**Per layer**")
            figure(
                layer_chart,
                key="ratios-concentration-layers",
                name=view.file("concentration-per-layer"),
                caption=f"Concentration, mean over queries and frames. All layers, {view.axis} "
                f"attention, {view.place.split(', ')[-1]}; {fixed}; {BY_SLOT}; {view.checkpoint}.",
                details=DETAILS,
                table={"layer": list(range(len(layers["shuffled"]))), **layers},
            )
    learned, ones, dealt = (float(np.mean(lines[title])) for title in variants)
    conclude(
        f"Mean concentration over this clip: {learned:.3f} as learned, {ones:.3f} with all ratios 1, "
        f"{dealt:.3f} with shuffled ratios. {texts.CONCENTRATION}"
    )
