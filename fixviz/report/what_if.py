"""Maps, predictions and concentration after the interventions that somebody tried on a run."""

from __future__ import annotations

from fixviz.analysis.measure_table import FIRST
from fixviz.analysis.what_if.plain import from_json
from fixviz.drawing.markup import Html, tag
from fixviz.errors import ConfigError, OptionError
from fixviz.reading.figures import what_if as figures
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import what_if as texts
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import RECEIVED, Outcome, View, measures_of, place_of
from fixviz.reading.views import View as Chosen
from fixviz.report.sheet import Sheet, section, text

_MOST = 12


def what_if(sheet: Sheet, chosen: Chosen, run: StoredRun) -> Html:
    """Return the figures of every stored result, named by its interventions."""
    found = [o for result in run.all_derived("what_if") if (o := _outcome(chosen, run, result))]
    parts = [part for outcome in found[:_MOST] for part in _one(sheet, outcome)]
    if parts:
        parts.insert(0, text(texts.HONEST))
    if len(found) > _MOST:
        parts.append(text(f"{len(found) - _MOST} more are stored with the run and left out here."))
    return section("what-if", "What if", *parts)


def _outcome(chosen: Chosen, run: StoredRun, result: StoredResult) -> Outcome | None:
    """Return the result in the view of the report, at the nearest frame that the result has.

    None where the model lacks that view, and for interventions that this version does not know.
    """
    entry = run.model(result.request.model)
    try:
        interventions = from_json(result.description["interventions"])
        model = Model.of(entry)
    except (ConfigError, OptionError):
        return None  # The result was made by an earlier version that knew other interventions.
    if entry not in chosen.models:
        return None
    order, covered = result.description["frame_at"], set(result.description["frames"])
    frames = [frame for frame in range(run.frames) if place_of(frame, order) in covered]
    frame = min(frames, key=lambda f: abs(f - chosen.frame))
    view = View(run, chosen.axis, chosen.layer, chosen.head, frame, RECEIVED)
    return Outcome(view, model, interventions, result)


def _one(sheet: Sheet, outcome: Outcome) -> list[Html]:
    sheet.define("effective support")
    described = [figures.maps(outcome), figures.class_probabilities([outcome])]
    measure = measures_of([outcome]).get(FIRST.name)
    if measure is not None:
        described.append(figures.measure_per_layer([outcome], measure))
    return [
        tag("h3", f"{capital(outcome.title)}: {outcome.label}"),
        text(f"{outcome.label} {texts.sentence(outcome)}"),
        *([text(texts.ALIGNED)] if outcome.reordered else []),
        *map(sheet.draw, described),
    ]
