"""Models run again with something changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fixviz.analysis.what_if.frames import frame_order
from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.plain import to_json
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import Outcome, View, place_of
from fixviz.ui.inspect_run.compute import asked_for, derived


def outcome(
    view: View, model: Model, interventions: tuple[Intervention, ...], *, whole_clip: bool
) -> Outcome | None:
    """The model run again; None while it is computed, with progress on the page."""
    arguments: dict[str, Any] = {"interventions": to_json(interventions)}
    if not whole_clip:
        order = frame_order(interventions, view.run.frames).tolist()
        place = place_of(view.frame, order)
        arguments["window"] = int(model.entry["window_of_frame"][place])
    result = derived(view.run, "what_if", model.name, arguments, title=model.title)
    return None if result is None else Outcome(view, model, interventions, result)


def whole_clip_asked_for(view: View, model: Model, interventions: Sequence[Intervention]) -> bool:
    """Whether the visitor waits for the model to be run on the whole clip."""
    arguments = {"interventions": to_json(tuple(interventions))}
    return asked_for(view.run, "what_if", model.name, arguments)
