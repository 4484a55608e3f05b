"""Sentences about comparisons, the same on the page, in files and in the terminal."""

from __future__ import annotations

from typing import Final

import numpy as np

from fixviz.comparison.quantities import Quantity
from fixviz.comparison.question import RIGHT, Comparison
from fixviz.comparison.source import Source
from fixviz.comparison.statistics import ROUGH, UNUSUAL, Difference, Outlier, resamples_for
from fixviz.evaluation.intervals import Interval
from fixviz.reading.numbers import number

INTRO: Final = (
    "One clip shows what happened once. Over many clips you see what usually happens, how sure that is, and "
    "which clips to look at."
)
CLIPS_HELP: Final = (
    "A data set of many clips, or clips that you analyzed here. A data set is what `fixviz analyze FOLDER "
    "--out DIR` writes; whoever runs this server chooses which data sets are here."
)
TOO_FEW: Final = (
    "A comparison needs at least two analyzed clips. Analyze more, or choose other clips above."
)
MANY: Final = (
    "For a folder of clips, use the command line: fixviz analyze FOLDER --out DIR writes a data set, and "
    "fixviz compare DIR compares it. The setting FIXVIZ_DATA_SETS shows it here."
)
GONE: Final = (
    "The run of this clip is not in the store of this server, so Watch cannot open it. Its numbers are in "
    "the data set."
)
CURVES: Final = "The same measure in many clips, all on the same axes and at the same moment."
MAPS: Final = (
    "How much attention each patch gets, by the place from which its content comes; 1 is what every patch "
    "gets under uniform attention. All pictures share one scale."
)
NO_MAPS: Final = (
    "The runs of these clips are not in the store of this server, so there are no maps of them. Open one in "
    "Watch to see its maps."
)
AGAIN: Final = (
    "The address of this page opens the same view for somebody else. This command writes the same tables and "
    "figures to a folder:"
)
NO_CURVES: Final = (
    "This measure has one value for each clip, so there is nothing to show over time."
)
OUTLIERS: Final = (
    "Clips whose value for a model, or whose difference between the two compared models, is far from the "
    "median of all clips. The distance is the robust z-score: (value − median) / (1.4826 × MAD), where MAD "
    f"is the median distance from the median. From {UNUSUAL} on, a clip is called unusual."
)
LOOK: Final = (
    "A clip can be far from the others because the model does something else there, because the clip is "
    "another kind of clip, or because something went wrong with the file. Open it and look."
)
POINTS: Final = (
    "Each point is a clip. The box holds the middle half of all clips, the line in it the median."
)


def headline(found: Comparison) -> str:
    """Say the main thing: how often one model has the higher value, and the mean difference."""
    difference, source = found.main, found.source
    if difference is None:
        (model,) = found.question.models
        mean = found.distributions[0].summary.mean
        said = "has no value" if mean is None else f"is on average {told(mean)}"
        return f"{source.models[model].title}: {_lower(found.quantity)} {said}."
    a, b = (source.models[name].title for name in (difference.model, difference.minus))
    summary = difference.summary
    if summary.mean is None:
        return f"No clip has {_lower(found.quantity)} of both {a} and {b}."
    up = summary.mean.mean >= 0
    count = difference.higher if up else difference.lower
    more = "higher" if up else "lower"
    if found.quantity.name == RIGHT:
        return (
            f"{a} is right on {_share(found, difference.model)} of {summary.count} clips, {b} on "
            f"{_share(found, difference.minus)}: a difference of {told(summary.mean, difference=True)}."
        )
    return (
        f"{a} has {more} {_lower(found.quantity)} than {b} on {count} of {_clips(summary.count)}: on average "
        f"{told(summary.mean, difference=True)}."
    )


def _share(found: Comparison, model: str) -> int:
    """Return on how many of the compared clips a model is right."""
    assert found.main is not None
    return int(found.values.of(model)[np.isfinite(found.main.values)].sum())


def cautions(found: Comparison) -> list[str]:
    """Return what to mind about the main difference: an interval over 0, few clips, missing values."""
    said = []
    difference = found.main
    if difference is not None and difference.summary.mean is not None:
        mean = difference.summary.mean
        if mean.low is not None and mean.high is not None and mean.low <= 0 <= mean.high:
            said.append(
                "The interval includes 0: these clips do not tell which of the two is higher."
            )
        elif mean.low is None:
            said.append("All clips are of one video, so there is no interval.")
    videos = len(set(found.source.videos.tolist()))
    if 1 < videos < ROUGH:
        said.append(
            f"With {videos} videos the intervals are rough: percentiles of so few values are too narrow."
        )
    said += missing(found)
    if found.source.doubles:
        count = found.source.doubles
        said.append(
            "1 clip has the content of another one and does not count again."
            if count == 1
            else f"{_clips(count)} have the content of others and do not count again."
        )
    if found.source.failed:
        said.append(
            f"{_clips(found.source.failed)} could not be analyzed and {_is(found.source.failed)} left out."
        )
    return said


def missing(found: Comparison) -> list[str]:
    """Say of how many clips each model has no value."""
    said = []
    for one in found.distributions:
        if one.group is None and one.summary.missing:
            title = found.source.models[one.model].title
            said.append(
                f"{title} has no {_lower(found.quantity)} for {one.summary.missing} of "
                f"{_clips(len(found.source.clips))}."
            )
    return said


def without_pair(one: Difference) -> str:
    """Say on how many clips a difference is not defined."""
    count = one.summary.missing
    return f"{_clips(count)} {'lacks' if count == 1 else 'lack'} one of the two values."


def method(source: Source, intervals: int) -> str:
    """Say how the intervals of a figure come about. intervals: how many there are."""
    videos = len(set(source.videos.tolist()))
    units = (
        f"{videos} clips"
        if videos == len(source.clips)
        else f"{videos} videos, each with all of its {len(source.clips)} clips,"
    )
    text = (
        f"95 % intervals of the mean: percentiles of {resamples_for(videos):,} seeded bootstrap resamples of "
        f"{units} drawn with replacement."
    )
    if intervals > 1:
        text += (
            f" Each of the {intervals} intervals is right 95 % of the time by itself; that all of them are "
            "is less sure. Decide which comparison counts before you look."
        )
    return text


def where(found: Comparison) -> str:
    """Name the quantity and the place that values are of."""
    return f"{found.quantity.title}, {place(found)}"


def place(found: Comparison) -> str:
    """Name the place that values are of, and how a clip comes to one value."""
    if not found.quantity.placed:
        return "one value for each clip"
    return f"{found.place.phrase}, mean over the frames of each clip"


def difference_sentence(found: Comparison, one: Difference) -> str:
    """Say one difference in a sentence."""
    a, b = (found.source.models[name].title for name in (one.model, one.minus))
    group = "" if one.group is None else f", {one.group}"
    if one.summary.mean is None:
        return f"{a} less {b}{group}: no clip has both values."
    equal = f", equal on {one.equal}" if one.equal else ""
    return (
        f"{a} less {b}{group}: {told(one.summary.mean, difference=True)}; higher on {one.higher}, lower on "
        f"{one.lower}{equal} of {_clips(one.summary.count)}."
    )


def why(found: Comparison, outlier: Outlier) -> str:
    """Say why a clip stands among those to look at."""
    side = "above" if outlier.z > 0 else "below"
    names = outlier.of.split(" − ")
    titles = [found.source.models[name].title for name in names if name in found.source.models]
    what = " less ".join(titles) if len(titles) == len(names) else outlier.of
    is_difference = len(names) > 1
    value = signed(outlier.value) if is_difference else number(outlier.value)
    middle = signed(outlier.median) if is_difference else number(outlier.median)
    return (
        f"{what}: {value}, {side} the median {middle} of all clips by {abs(outlier.z):.1f} robust "
        "standard deviations."
    )


def how_unusual(found: Comparison) -> str:
    """Say how many clips are unusual."""
    count = sum(one.unusual for one in found.outliers)
    if not count:
        return "No clip is unusual by this rule; these are the furthest."
    more = " or more" if count == len(found.outliers) else ""
    return f"{_clips(count)}{more} {_is(count)} unusual by this rule."


def told(mean: Interval, *, difference: bool = False) -> str:
    """Write a mean with its interval. difference: with the sign of each number."""
    write = signed if difference else number
    if mean.low is None or mean.high is None:
        return write(mean.mean)
    return f"{write(mean.mean)} (95 % interval {write(mean.low)} to {write(mean.high)})"


def signed(value: float) -> str:
    """Write a number with its sign and three digits."""
    text = number(value)
    return text.replace("-", "−") if value < 0 or float(f"{value:.3g}") == 0 else f"+{text}"


def _lower(quantity: Quantity) -> str:
    title = quantity.title
    return title[:1].lower() + title[1:]


def _clips(count: int) -> str:
    return f"{count:,} clip" + ("" if count == 1 else "s")


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
