"""Figures about fixation ratios: where they are high, how they spread, what drives them, what they do."""

from __future__ import annotations

from collections.abc import Sequence
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
    MapPicture,
    MapRow,
    Maps,
    Panel,
    Panels,
    PatchMap,
    Series,
    Waterfall,
)
from fixviz.reading.figures.maps import extremes, frames_table, map_row, patches_table
from fixviz.reading.map_pictures import map_picture, with_view
from fixviz.reading.numbers import number
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import BOTH, VARIANTS, View, kept_share, spread_of
from fixviz.reading.views import frames_phrase

_RATIO = Axis("Fixation ratio", 0.0, 1.0)
_LOGIT = Axis("Logit")
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


def channels(view: View) -> Figure:
    """Describe how much the ratio of each channel varies, the channel that varies most first."""
    head, channel, mean, spread = _sorted_channels(view)
    return Figure(
        "channel-spread",
        Bars(
            [f"{h}:{c}" for h, c in zip(head, channel, strict=True)],
            [Series(f"ratio of the {view.which}", spread, BOTH.index(view.which))],
            Axis("Spread of the ratio"),
            label_title="head:channel",
            upright=True,
            notes=[f"mean {value:.3f}" for value in mean.tolist()],
        ),
        caption=view.every_channel(
            f"Spread of the {view.which}'s ratio in every channel, the largest first: standard deviation "
            "over patches and frames",
            "all frames",
        ),
        table={
            "head": head.tolist(),
            "channel": channel.tolist(),
            "spread": spread.tolist(),
            "mean": mean.tolist(),
        },
        alt=f"Spread of the ratio per channel, from {number(float(spread[0]))} in head {head[0]}, channel "
        f"{channel[0]} down to {number(float(spread[-1]))}",
        terms=("ratio spread",),
        file=view.file(f"channels-{view.which}"),
    )


def channel_maps(view: View, found: StoredResult, most: int = 6) -> Figure:
    """Describe maps of the channels that vary most. found: the ratios of the frame ("logit_parts")."""
    ratios = np.asarray(found.array(f"ratio/{view.which}"), np.float32)
    head, channel, *_ = _sorted_channels(view)
    maps = {
        f"head {h}, channel {c}": ratios[:, :, h, c]
        for h, c in zip(head[:most].tolist(), channel[:most].tolist(), strict=True)
    }
    scale = Scale(0.0, 1.0)
    pictures = [
        MapPicture(
            label,
            f"Ratio of the {view.which} in {label}, over frame {view.frame}. {extremes(values)}",
            map_picture(view.run, view.model, view.frame, values, scale),
        )
        for label, values in maps.items()
    ]
    return Figure(
        "channel-maps",
        Maps([MapRow("", pictures)], [(scale, f"ratio of the {view.which} in that channel")]),
        caption=view.every_channel(
            f"Ratio of the {view.which} in the channels with the largest spread", view.moment
        ),
        table=patches_table(maps),
        alt=f"Maps of the ratio in {len(maps)} channels",
        follows=texts.CHANNELS,
        file=view.file(f"channel-maps-{view.which}"),
    )


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


def features(view: View) -> Figure:
    """Describe the mean feature of each channel before and after the ratio."""
    before, after = (
        view.array(f"feature_channel/{view.which}/{step}").mean(1) for step in ("before", "after")
    )
    heads = range(len(before)) if view.head is None else [view.head]
    labels = [f"{head}:{channel}" for head in heads for channel in range(before.shape[1])]
    first, second = (values[list(heads)].ravel() for values in (before, after))
    symbol = "φ(q) and φ(q) r_q" if view.which == "query" else "φ(k') and φ(k') r_k"
    kept = kept_share(first, second)
    return Figure(
        "features",
        Bars(
            labels,
            [
                Series("before", first, 4),
                Series("after the ratio", second, BOTH.index(view.which)),
            ],
            Axis("Mean feature"),
            label_title="head:channel",
            upright=True,
        ),
        caption=view.every_channel(
            f"{symbol} per channel, mean over patches and frames", "all frames"
        ),
        table={
            "head:channel": labels,
            "before": first.tolist(),
            "after": second.tolist(),
            "kept": (second / np.where(first == 0, np.nan, first)).tolist(),
        },
        alt=f"Mean features of {len(labels)} channels before and after the ratio",
        follows=f"{texts.FEATURES} {texts.SIGNED_FEATURES}"
        if np.isnan(kept)
        else f"Of the sum of the mean features, {100 * kept:.0f} % is left. {texts.FEATURES}",
        terms=("fixation ratio",),
        file=view.file(f"features-{view.which}"),
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


def _sorted_channels(view: View) -> tuple[Array, Array, Array, Array]:
    """Return head, channel, mean and spread of the ratio's channels in view, largest spread first."""
    mean, spread = spread_of(
        *(view.array(f"ratio_channel/{view.which}/{statistic}") for statistic in ("mean", "std"))
    )
    heads = np.arange(len(mean)) if view.head is None else np.array([view.head])
    head, channel = (
        index.ravel() for index in np.meshgrid(heads, np.arange(mean.shape[1]), indexing="ij")
    )
    order = np.argsort(-spread[head, channel], kind="stable")
    head, channel = head[order], channel[order]
    return head, channel, mean[head, channel], spread[head, channel]


def _of_head(view: View, values: Array) -> Array:
    """Take the head in view, or the mean of all heads: [h, w, n, ...] to [h, w, ...]."""
    return np.asarray(values.mean(2) if view.head is None else values[:, :, view.head])


def _bins(count: int) -> tuple[Array, list[str]]:
    """Return the edges of `count` equal bins from 0 to 1, and the names of the bins."""
    edges = np.linspace(0, 1, count + 1)
    return edges, [f"{a:.2f} to {b:.2f}" for a, b in pairwise(edges)]


def _listed(names: Sequence[str], values: Array) -> str:
    return ", ".join(f"{name} {number(float(v))}" for name, v in zip(names, values, strict=True))


def _neighbor_note(view: View) -> str:
    if not view.entry["neighbors"].get(view.axis):
        return "this attention reads no neighbors"
    if view.head is None:
        return "a direction counts as 0 in heads that do not hold it"
    return "only directions that this head holds are shown"
