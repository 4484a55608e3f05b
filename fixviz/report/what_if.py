"""What became of maps and predictions after the interventions that somebody tried on a run."""

from __future__ import annotations

import numpy as np

from fixviz.analysis.what_if.plain import from_json
from fixviz.drawing.markup import Html, tag
from fixviz.errors import ConfigError, OptionError
from fixviz.reading.changed_pictures import over_shown
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.notes import notes_of
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.scales import Scale
from fixviz.reading.texts import what_if as texts
from fixviz.reading.texts.what_if import when
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import RECEIVED, Outcome, View, classes, metric_names, place_of
from fixviz.reading.views import View as Chosen
from fixviz.report import svg
from fixviz.report.drawing import Series
from fixviz.report.pictures import in_words, pictures
from fixviz.report.sheet import Sheet, row, section, text

_MOST = 12
_CLASSES = 5


def what_if(sheet: Sheet, chosen: Chosen, run: StoredRun) -> Html:
    """Every stored result, named by its interventions."""
    found = [o for result in run.all_derived("what_if") if (o := _outcome(chosen, run, result))]
    parts = [part for outcome in found[:_MOST] for part in _one(sheet, outcome)]
    if len(found) > _MOST:
        parts.append(text(f"{len(found) - _MOST} more are stored with the run and left out here."))
    return section("what-if", "What if", *parts)


def _outcome(chosen: Chosen, run: StoredRun, result: StoredResult) -> Outcome | None:
    """The result in the view of the report, or near it; None where the model lacks that view."""
    entry = run.model(result.request.model)
    try:
        interventions = from_json(result.description["interventions"])
        model = Model.of(entry)
    except (ConfigError, OptionError):
        return None  # Of an earlier version that knew other interventions.
    if entry not in chosen.models:
        return None
    order, covered = result.description["frame_at"], set(result.description["frames"])
    frames = [frame for frame in range(run.frames) if place_of(frame, order) in covered]
    frame = min(frames, key=lambda f: abs(f - chosen.frame))
    view = View(run, chosen.axis, chosen.layer, chosen.head, frame, RECEIVED)
    return Outcome(view, model, interventions, result)


def _one(sheet: Sheet, outcome: Outcome) -> list[Html]:
    sheet.define("attention received", "by source", "concentration", "effective support")
    title = f"{outcome.title[:1].upper()}{outcome.title[1:]}: {outcome.model.title}"
    said = texts.sentence(outcome).replace("**", "")
    parts = [tag("h3", title), text(said)]
    if outcome.reordered:
        parts.append(text(texts.ALIGNED))
    return [*parts, _maps(sheet, outcome), _numbers(sheet, outcome)]


def _maps(sheet: Sheet, outcome: Outcome) -> Html:
    view = outcome.view
    before, after = outcome.before_map(), outcome.after_map()
    scale = Scale.of(np.concatenate([before.ravel(), after.ravel()]))
    left = map_picture(view.run, outcome.model.name, view.frame, before, scale)
    shown = [
        (left, f"Attention received before. {in_words(before)}", "before"),
        (
            over_shown(outcome, after, scale),
            f"Attention received after. {in_words(after)}",
            "after",
        ),
    ]
    ramps = [svg.color_bar(scale, "attention received, 1 = as under uniform attention")]
    if outcome.same_grid:
        signed = Scale.signed(after - before)
        drawn = over_shown(outcome, after - before, signed)
        shown.append(
            (drawn, f"After minus before. {in_words(after - before)}", "after minus before")
        )
        ramps.append(svg.color_bar(signed, "after minus before, a scale of its own"))
    what = f"Attention received, by source, {when(outcome)}, one scale for before and after"
    return sheet.figure(
        pictures(shown), row(*ramps), caption=texts.caption(outcome, what), follows=texts.HONEST
    )


def _numbers(sheet: Sheet, outcome: Outcome) -> Html:
    """Class probabilities, and concentration per layer."""
    view, names = outcome.view, classes(outcome.model.entry)
    before, after = outcome.probabilities()
    order = np.argsort(-np.maximum(before, after), kind="stable")[:_CLASSES]
    color = view.run.place(outcome.model.name)
    bars = svg.bars(
        [names[i] for i in order],
        [Series("before", before[order], None), Series("after", after[order], color)],
        title="probability",
        alt="Class probabilities before and after: "
        + ", ".join(f"{names[i]} {before[i]:.2f}, {after[i]:.2f}" for i in order),
        span=(0.0, 1.0),
        form="{:.2f}".format,
    )
    column = metric_names(view.run).index("concentration")
    first, second = (values[:, column] for values in outcome.metrics())
    layers = [str(i) for i in range(len(first))]
    rise = svg.bars(
        layers,
        [Series("before", first, None), Series("after", second, color)],
        title="concentration, by layer",
        alt="Concentration per layer before and after: "
        + ", ".join(f"layer {i} {first[i]:.3g}, {second[i]:.3g}" for i in range(len(first))),
    )
    a, b = outcome.windows()
    where = outcome.window_words(a)
    if a != b:
        where = f"before in the {where}, after in the {outcome.window_words(b)}"
    over = "all frames" if outcome.whole_clip else f"{len(outcome.covered)} frames"
    head = "mean of heads" if view.head is None else f"head {view.head}"
    count = len(names)
    return sheet.figure(
        row(
            tag("div", tag("h4", "Class probabilities"), bars),
            tag("div", tag("h4", "Concentration"), rise),
        ),
        caption=f"What if: {outcome.title}. Left: class probabilities, {where}; the {len(order)} most "
        f"probable of {count} classes. Right: concentration per layer, mean over queries and {over}, "
        f"{view.axis} attention, {head}, by slot. {view.run.checkpoint(outcome.model.name)}.",
        follows="A higher concentration means that a query's attention lies on fewer keys. It does not say "
        "on which keys, nor whether the network does better or worse. "
        + " ".join(notes_of([outcome.model.entry])),
        numbers={
            "what": [*names, *(f"concentration, layer {i}" for i in layers)],
            "before": [*before.tolist(), *first.tolist()],
            "after": [*after.tolist(), *second.tolist()],
        },
    )
