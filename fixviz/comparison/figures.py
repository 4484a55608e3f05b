"""Figures of a comparison, described once for the page and for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from fixviz.comparison import texts
from fixviz.comparison.question import Comparison, difference_name
from fixviz.comparison.source import Clip, ModelEntry
from fixviz.comparison.statistics import Array, Difference, Summary, spread_out
from fixviz.comparison.values import Curve
from fixviz.evaluation.intervals import Interval, rank_correlation
from fixviz.reading.figures.figure import (
    TIME,
    Axis,
    Figure,
    Lines,
    Panel,
    Panels,
    Point,
    PointGroup,
    Scatter,
    Series,
    Strip,
    Strips,
)
from fixviz.reading.numbers import number

MOST_POINTS: Final = 300
"""Points that a row, or the scatter plot for each model, has at most."""
MOST_PANELS: Final = 24
_SHAPES: Final = ("circle", "square", "diamond", "triangle")
_ROOM: Final = 0.06
"""Share of the span of the values that an axis has beyond them at either end."""


def distribution(found: Comparison, chosen: str | None = None) -> Figure:
    """Describe the values of each model, and of each group where there are groups.

    chosen: key of the clip to mark.
    """
    source = found.source
    shown = [one for one in found.distributions if (one.group is None) == (not _grouped(found))]
    rows, left_out = [], False
    for one in shown:
        values = np.where(one.members, found.values.of(one.model), np.nan)
        places = spread_out(values, MOST_POINTS)
        left_out |= len(places) < one.summary.count
        entry = source.models[one.model]
        title = entry.title if one.group is None else f"{one.group} · {entry.name}"
        rows.append(
            _strip(title, entry.color, values, places, one.summary, source.clips, entry.title)
        )
    every = [found.values.of(model) for model in found.question.models]
    table = _distribution_table(found)
    return Figure(
        "compare-distribution",
        Strips(rows, _axis(found.quantity.axis, every), chosen=chosen),
        caption=f"{texts.where(found)}. {texts.POINTS} The diamond is the mean."
        f"{_not_all(left_out)} {texts.method(source, len(rows))}",
        table=table,
        alt=f"{texts.where(found)}: "
        + "; ".join(
            f"{row.title} {_told(one.summary.mean)}" for row, one in zip(rows, shown, strict=True)
        ),
        file=f"compare-{found.quantity.name}",
        warnings=texts.missing(found),
    )


def differences(found: Comparison, chosen: str | None = None) -> Figure | None:
    """Describe differences clip by clip: of each pair of models, and of the chosen pair in each group.

    None for a single model. chosen: key of the clip to mark.
    """
    if not found.differences:
        return None
    source, rows, left_out = found.source, [], False
    for one in found.differences:
        places = spread_out(one.values, MOST_POINTS)
        left_out |= len(places) < one.summary.count
        title = difference_name(one) if one.group is None else one.group
        color = source.models[one.model].color if one.group is None else None
        rows.append(
            _strip(title, color, one.values, places, one.summary, source.clips, "difference")
        )
    pair = difference_name(found.differences[0])
    groups = (
        f" The gray rows are {pair} in each group."
        if any(d.group for d in found.differences)
        else ""
    )
    return Figure(
        "compare-differences",
        Strips(
            rows,
            _axis(
                f"Difference in {_lower(found.quantity.axis)}",
                [one.values for one in found.differences],
                zero=True,
            ),
            zero=True,
            chosen=chosen,
        ),
        caption=f"Difference in {_lower(found.quantity.title)} on the same clip; {texts.place(found)}. "
        f"Right of the dotted line the first model is higher.{groups} {texts.POINTS} The diamond is the "
        f"mean.{_not_all(left_out)} {texts.method(source, len(rows))}",
        table=_difference_table(found),
        alt=" ".join(texts.difference_sentence(found, one) for one in found.differences),
        follows="The same clips are compared, so what is easy or hard about a clip counts for both models. "
        "A difference is one between these checkpoints on these clips: another training of the same model "
        "gives another one, and other clips may, too.",
        file=f"compare-{found.quantity.name}-differences",
        warnings=[
            f"{difference_name(one)}: {texts.without_pair(one)}"
            for one in found.differences
            if one.group is None and one.summary.missing
        ],
    )


def scatter(found: Comparison, chosen: str | None = None) -> Figure | None:
    """Describe the second measure against the first, a point for each clip and model.

    None without a second measure or a point. A point's key is the clip's key, a space and the model. chosen:
    such a key.
    """
    if found.against is None:
        return None
    source, models = found.source, found.question.models
    points, correlations = [], []
    left_out = False
    columns: dict[str, list[Any]] = {"clip": [], "model": []}
    x_axis, y_axis = found.quantity.axis, found.against.quantity.axis
    names = [x_axis, y_axis if y_axis != x_axis else f"{y_axis} "]
    columns |= {name: [] for name in names}
    for group, model in enumerate(models):
        x, y = found.values.of(model), found.against.of(model)
        both = np.isfinite(x) & np.isfinite(y)
        correlation = rank_correlation(x[both].tolist(), y[both].tolist())
        correlations.append(
            f"{source.models[model].title} {_correlation(correlation, int(both.sum()))}"
        )
        for place in np.flatnonzero(both).tolist():
            columns["clip"].append(source.clips[place].name)
            columns["model"].append(model)
            columns[names[0]].append(float(x[place]))
            columns[names[1]].append(float(y[place]))
        shown = spread_out(np.where(both, x, np.nan), MOST_POINTS)
        left_out |= len(shown) < both.sum()
        for place in shown.tolist():
            clip, title = source.clips[place], source.models[model].title
            note = (
                f"{clip.name}\n{title}\n{x_axis}: {number(x[place])}\n{y_axis}: {number(y[place])}"
            )
            points.append(
                Point(f"{clip.key} {model}", "", float(x[place]), float(y[place]), group, note=note)
            )
    if not points:
        return None
    x_title, y_title = found.quantity.title, found.against.quantity.title
    return Figure(
        "compare-scatter",
        Scatter(
            points,
            [_group(source.models[model]) for model in models],
            _axis(x_axis, [found.values.of(m) for m in models]),
            _axis(y_axis, [found.against.of(m) for m in models]),
            chosen,
        ),
        caption=f"{y_title} against {x_title[:1].lower()}{x_title[1:]}, a point for each clip and model; "
        f"{found.place.phrase}, mean over the frames of each clip.{_not_all(left_out)}",
        table=columns,
        alt=f"{y_title} against {x_title[:1].lower()}{x_title[1:]}. Rank correlation over clips: "
        f"{'; '.join(correlations)}.",
        follows=f"Rank correlation over clips: {'; '.join(correlations)}. Clips that are high in one and in "
        "the other do not say that one causes the other.",
        file=f"compare-{found.against.quantity.name}-against-{found.quantity.name}",
    )


def outlier_table(found: Comparison) -> Figure:
    """Describe the clips to look at, as a table."""
    source = found.source
    rows = found.outliers
    return Figure(
        "compare-outliers",
        None,
        caption=f"{texts.where(found)}. {texts.OUTLIERS}",
        table={
            "clip": [source.clips[one.clip].name for one in rows],
            "what": [one.of for one in rows],
            "value": [one.value for one in rows],
            "median": [one.median for one in rows],
            "robust z": [one.z for one in rows],
            "why": [texts.why(found, one) for one in rows],
        },
        alt="Clips to look at: "
        + "; ".join(f"{source.clips[one.clip].name}: {texts.why(found, one)}" for one in rows[:5]),
        follows=f"{texts.how_unusual(found)} {texts.LOOK}",
        file=f"compare-{found.quantity.name}-outliers",
    )


def small_multiples(
    found: Comparison,
    clips: Sequence[Clip],
    curves: Mapping[tuple[str, str], Curve],
    now: float | None = None,
) -> Figure | None:
    """Describe the quantity over time in up to MOST_PANELS clips, all on the same axes; None without any.

    curves: as `fixviz.comparison.values.curves` returns them for the clips. now: seconds at which a line
    stands in every panel.
    """
    shown = [c for c in clips if any((c.key, m) in curves for m in found.question.models)]
    shown = shown[:MOST_PANELS]
    every = [curve for (key, _), curve in curves.items() if key in {c.key for c in shown}]
    if not every:
        return None
    y_axis = _axis(found.quantity.axis, [curve.values for curve in every])
    end = max(float(curve.times[-1]) for curve in every)
    start = min(float(curve.times[0]) for curve in every)
    x_axis = Axis(TIME, start, end if end > start else start + 1.0)
    panels = [_panel(found, clip, curves, x_axis, y_axis, now) for clip in shown]
    rows: dict[str, list[Any]] = {"clip": [], "model": [], "time (s)": [], found.quantity.axis: []}
    for clip in shown:
        for model in found.question.models:
            if (curve := curves.get((clip.key, model))) is not None:
                rows["clip"] += [clip.name] * len(curve.times)
                rows["model"] += [model] * len(curve.times)
                rows["time (s)"] += curve.times.tolist()
                rows[found.quantity.axis] += curve.values.tolist()
    at = "" if now is None else f" The upright line is at {now:.2f} s in all of them."
    return Figure(
        "compare-curves",
        Panels(panels),
        caption=f"{found.quantity.title} over time in {len(shown)} clips, all on the same axes; "
        f"{found.place.phrase}.{at}",
        table=rows,
        alt=f"{found.quantity.title} over time in {len(shown)} clips.",
        file=f"compare-{found.quantity.name}-over-time",
    )


def values_table(found: Comparison) -> dict[str, list[Any]]:
    """Return one row for each clip: what the list says, the value of each model, and the difference."""
    source = found.source
    columns: dict[str, list[Any]] = {
        "key": [clip.key for clip in source.clips],
        "clip": [clip.name for clip in source.clips],
        "run": [clip.handle for clip in source.clips],
    }
    for name in source.columns:
        columns[f"list: {name}" if name in columns else name] = [
            clip.carried.get(name) for clip in source.clips
        ]
    for number_, model in enumerate(found.question.models):
        columns[f"{found.quantity.name}, {model}"] = found.values.of(model).tolist()
        if found.against is not None:
            columns[f"{found.against.quantity.name}, {model}"] = found.against.of(model).tolist()
        columns[f"said, {model}"] = found.answers.said[:, number_].tolist()
        columns[f"certainty, {model}"] = found.answers.certainty[:, number_].tolist()
        if source.label is not None:
            columns[f"right, {model}"] = found.answers.right[:, number_].tolist()
    if found.main is not None:
        columns[f"{found.quantity.name}, {difference_name(found.main)}"] = (
            found.main.values.tolist()
        )
    return columns


def _panel(
    found: Comparison,
    clip: Clip,
    curves: Mapping[tuple[str, str], Curve],
    x_axis: Axis,
    y_axis: Axis,
    now: float | None,
) -> Panel:
    series = []
    for model in found.question.models:
        curve = curves.get((clip.key, model))
        if curve is not None:
            entry = found.source.models[model]
            series.append(Series(entry.title, curve.values, entry.color, x=curve.times))
    assert series[0].x is not None
    said = "; ".join(
        f"{one.title} {number(float(np.nanmean(one.y)))}"
        for one in series
        if np.isfinite(one.y).any()
    )
    return Panel(
        clip.name,
        Lines(series[0].x, series, x_axis, y_axis, now=now, small=True),
        f"{found.quantity.title} of {clip.name} over time; means: {said or 'none'}",
    )


def _strip(
    title: str,
    color: int | None,
    values: Array,
    places: Any,
    summary: Summary,
    clips: Sequence[Clip],
    what: str,
) -> Strip:
    chosen = places.tolist()
    write = texts.signed if what == "difference" else number
    mean = summary.mean
    known = summary.count > 0
    return Strip(
        title,
        color,
        values[places],
        [clips[i].key for i in chosen],
        [f"{clips[i].name}\n{what}: {write(float(values[i]))}" for i in chosen],
        summary.quantiles[1:4] if known else None,
        None if mean is None else mean.mean,
        None if mean is None or mean.low is None or mean.high is None else (mean.low, mean.high),
    )


def _grouped(found: Comparison) -> bool:
    return any(one.group is not None for one in found.distributions)


def _axis(title: str, values: Sequence[Array], *, zero: bool = False) -> Axis:
    known = np.concatenate([v[np.isfinite(v)] for v in values])
    if zero or not len(known):
        known = np.append(known, 0.0)
    low, high = float(known.min()), float(known.max())
    room = _ROOM * (high - low) or 0.05 * abs(high) or 1.0
    return Axis(title, low - room, high + room)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _group(entry: ModelEntry) -> PointGroup:
    return PointGroup(entry.title, entry.color, _SHAPES[entry.color % len(_SHAPES)])


def _not_all(left_out: bool) -> str:
    return (
        f" Of many clips, {MOST_POINTS} are drawn for each row, evenly by rank; all of them count."
        if left_out
        else ""
    )


def _told(mean: Interval | None) -> str:
    return "no value" if mean is None else texts.told(mean)


def _correlation(found: Interval | None, count: int) -> str:
    if found is None:
        return f"not defined ({count} clips)"
    said = texts.signed(found.mean)
    if found.low is not None and found.high is not None:
        said += f" (95 % interval about {texts.signed(found.low)} to {texts.signed(found.high)})"
    return f"{said}, {count} clips"


def _summary_columns(summaries: Sequence[Summary]) -> dict[str, list[Any]]:
    means = [one.mean or Interval(float("nan"), None, None) for one in summaries]
    names = ("smallest", "lower quartile", "median", "upper quartile", "largest")
    return {
        "clips": [one.count for one in summaries],
        "without a value": [one.missing for one in summaries],
        "mean": [mean.mean for mean in means],
        "low": [mean.low for mean in means],
        "high": [mean.high for mean in means],
        "standard deviation": [one.deviation for one in summaries],
        **{name: [one.quantiles[i] for one in summaries] for i, name in enumerate(names)},
    }


def _distribution_table(found: Comparison) -> dict[str, list[Any]]:
    return {
        "model": [one.model for one in found.distributions],
        "group": ["all" if one.group is None else one.group for one in found.distributions],
        **_summary_columns([one.summary for one in found.distributions]),
    }


def _difference_table(found: Comparison) -> dict[str, list[Any]]:
    every: Sequence[Difference] = found.differences
    return {
        "model": [one.model for one in every],
        "minus": [one.minus for one in every],
        "group": ["all" if one.group is None else one.group for one in every],
        **_summary_columns([one.summary for one in every]),
        "higher": [one.higher for one in every],
        "lower": [one.lower for one in every],
        "equal": [one.equal for one in every],
    }
