"""Figures about single channels: how much their ratios vary, and what the ratios leave of their features."""

from __future__ import annotations

import numpy as np

from fixviz.reading.figures.figure import (
    Array,
    Axis,
    Bars,
    Figure,
    MapPicture,
    MapRow,
    Maps,
    Series,
)
from fixviz.reading.figures.maps import extremes, patches_table
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.numbers import number
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import BOTH, View, kept_share, spread_of


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
