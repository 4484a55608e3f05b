"""Attribution maps and measures of their faithfulness that were computed for a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fixviz.analysis.attribution.convergence import mark
from fixviz.analysis.attribution.shared_class import frame_of_window, shared_class
from fixviz.drawing.markup import Html, tag
from fixviz.reading.attribution_pictures import picture, scale_of, strongest
from fixviz.reading.numbers import number
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.attribution import facts, settings_words, shared_words, target_words
from fixviz.reading.values.faithfulness import highest_probability
from fixviz.report import svg
from fixviz.report.drawing import Series
from fixviz.report.pictures import in_words, moments, pictures
from fixviz.report.sheet import Sheet, row, section, text

_MOST_MAPS = 12
_PICTURES = 6
_KINDS = ("deletion", "insertion")


def attribution(sheet: Sheet, run: StoredRun) -> Html:
    """Every stored map and every stored measure of one."""
    maps, judged = run.all_derived("attribution"), run.all_derived("faithfulness")
    parts = [_map(sheet, run, result) for result in maps[:_MOST_MAPS]]
    if any(result.description["uses_target"] for result in maps):
        parts.insert(0, text(texts.SAME_CLASS))
    if len(maps) > _MOST_MAPS:
        parts.append(
            text(f"{len(maps) - _MOST_MAPS} more maps are stored with the run and left out here.")
        )
    if judged:
        sheet.define("deletion and insertion")
        parts += [tag("h3", "Do the maps hold up?"), _areas(sheet, run, judged)]
        parts += [_curves(sheet, run, result) for result in judged[:_MOST_MAPS]]
        if len(judged) > _MOST_MAPS:
            parts.append(
                text(
                    f"The curves of {len(judged) - _MOST_MAPS} more are stored with the run and left "
                    "out here; their areas are in the table."
                )
            )
    return section("attribution", "Attribution", *parts)


def _map(sheet: Sheet, run: StoredRun, result: StoredResult) -> Html:
    about, entry = result.description, run.model(result.request.model)
    sheet.define(about["title"])
    if about["convergence_delta"]:
        sheet.define("convergence delta")
    values = result.array("map")
    inside = [i for i in range(len(values)) if np.isfinite(values[i]).any()]
    chosen = np.linspace(0, len(inside) - 1, min(_PICTURES, len(inside)))
    frames = sorted({inside[round(place)] for place in chosen})
    scale = scale_of(values, signed=about["signed"])
    most = strongest(values)
    beyond = f"; the strongest number, {most:.3g}, takes the last color" * (most > scale.high)
    shown = pictures(
        [
            (
                picture(run, entry, frame, values[frame], scale),
                f"{about['title']} of {entry['title']} over frame {frame} at "
                f"{run.timestamp(frame):.2f} s. {in_words(values[frame])}",
                f"frame {frame}, {run.timestamp(frame):.2f} s",
            )
            for frame in frames
        ]
    )
    whole = "window" not in result.request.arguments
    when = moments(run, [entry["name"]], frames) if whole else _window(run, result, frames)
    end = "symmetric scale" if about["signed"] else "scale from 0"
    return sheet.figure(
        tag("h3", f"{about['title']}, {entry['title']}"),
        shown,
        svg.color_bar(scale, str(about["unit"])),
        caption=f"{settings_words(result)}: {facts(result, _why(run, result))}; {when}; "
        f"{about['unit']}; {end} to the 99th percentile of the strength{beyond}. "
        f"{run.checkpoint(entry['name'])}.",
        follows=" ".join(filter(None, (mark(about), texts.METHODS[about["method"]]))),
    )


def _why(run: StoredRun, result: StoredResult) -> str:
    """Why this class was explained, where it is the one of all models; else nothing."""
    about, entry = result.description, run.model(result.request.model)
    if not about["uses_target"] or about["target"]["predicted"]:
        return ""
    window = result.request.arguments.get("window")
    shared = shared_class(run.manifest, None if window is None else frame_of_window(entry, window))
    if shared.name != about["target"]["name"]:
        return ""
    return f" ({shared_words(shared, 'clip' if window is None else 'window')})"


def _window(run: StoredRun, result: StoredResult, frames: list[int]) -> str:
    times = ", ".join(f"{frame} ({run.timestamp(frame):.2f} s)" for frame in frames)
    start = result.description["window_starts"][0]
    length = run.model(result.request.model)["windows"]["frames"]
    return f"frames {times}; window of frames {start} to {start + length - 1}"


def _areas(sheet: Sheet, run: StoredRun, judged: list[StoredResult]) -> Html:
    columns: dict[str, list[Any]] = {"Model": [], "Map": [], "Class": [], "Window": []}
    for kind in _KINDS:
        for what in ("area", "random", "verdict"):
            columns[f"{capital(kind)}, {what}"] = []
    columns["Infidelity (logit²)"] = []
    for result in judged:
        about, entry = result.description, run.model(result.request.model)
        end = about["window_start"] + entry["windows"]["frames"] - 1
        cells: list[Any] = [
            entry["title"],
            settings_words(result),
            about["target"]["name"],
            f"frames {about['window_start']} to {end}",
        ]
        for kind in _KINDS:
            of = about[kind]
            spread = f"{of['random_mean']:.3f} ± {of['random_deviation']:.3f}"
            cells += [f"{of['area']:.3f}", spread, of["verdict"]]
        found = about["infidelity"]
        cells.append(float(found["squared"]) if found else None)
        if found:
            sheet.define("infidelity")
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    checkpoints = "; ".join(dict.fromkeys(run.checkpoint(r.request.model) for r in judged))
    room = "".join(
        f" {entry['title']}, class “{about['target']['name']}”, {_frames(entry, about)}: {line}"
        for (entry, about), line in _rooms(run, judged)
    )
    return sheet.table(
        columns,
        caption="Areas under the probability of the class while patches are taken away (deletion, small "
        "is good) or put back (insertion, large is good) in 20 steps, all frames of one window; random: "
        f"mean ± standard deviation of 10 random orders. {checkpoints}.",
        follows=f"{texts.FAITHFULNESS} {texts.by_chance(2 * len(judged))}{room}",
    )


def _rooms(
    run: StoredRun, judged: list[StoredResult]
) -> list[tuple[tuple[dict[str, Any], Mapping[str, Any]], str]]:
    """Where curves cannot tell maps apart, each model, class and window once."""
    found: dict[tuple[Any, ...], tuple[tuple[dict[str, Any], Mapping[str, Any]], str]] = {}
    for result in judged:
        about, model = result.description, result.request.model
        for line in texts.little_room(about):
            place = (model, about["target"]["index"], about["window_start"], line)
            found.setdefault(place, ((run.model(model), about), line))
    return list(found.values())


def _frames(entry: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """The window of a measure, in words."""
    first = about["window_start"]
    return f"window of frames {first} to {first + entry['windows']['frames'] - 1}"


def _curves(sheet: Sheet, run: StoredRun, result: StoredResult) -> Html:
    about, entry = result.description, run.model(result.request.model)
    share = 100 * np.asarray(result.array("share"), np.float64)
    charts, numbers = [], {"patches (%)": share.tolist()}
    highest = highest_probability([result])
    for kind in _KINDS:
        own, random = result.array(kind), result.array(f"random_{kind}")
        mean, deviation = random.mean(0), random.std(0, ddof=1)
        chart = svg.lines(
            share,
            [
                Series("10 random orders", mean, None),
                Series(about["title"], own, run.place(entry["name"])),
            ],
            shade=(mean - deviation, mean + deviation),
            y_range=(0.0, highest),
            x_title=f"patches {'taken away' if kind == 'deletion' else 'put back'} (%)",
            y_title="probability",
            alt=f"{capital(kind)}: area {number(float(about[kind]['area']))}, random "
            f"{number(float(about[kind]['random_mean']))}; {about[kind]['verdict']}",
        )
        charts.append(tag("div", tag("h4", capital(kind)), chart))
        numbers |= {
            kind: own.tolist(),
            f"{kind}, random mean": mean.tolist(),
            f"{kind}, random deviation": deviation.tolist(),
        }
    return sheet.figure(
        tag("h3", f"{about['title']}, {entry['title']}"),
        row(*charts),
        caption=f"{target_words(result)[:1].upper()}{target_words(result)[1:]}, while the patches of all "
        f"frames are replaced in the order of the map, strongest first ({about['replaced_by']} stands for "
        f"what is away). Map: {settings_words(result)}; random orders: seed {about['seed']}. "
        f"{run.checkpoint(entry['name'])}, {_frames(entry, about)}.",
        follows=f"Deletion: {about['deletion']['verdict']}; insertion: {about['insertion']['verdict']}. "
        "Dotted: the mean of 10 random orders; shaded: one standard deviation on both sides.",
        numbers=numbers,
    )
