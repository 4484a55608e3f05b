"""Texts about What if: what changed in one sentence, and what follows from a figure."""

from __future__ import annotations

from typing import Final

from fixviz.analysis.measure_table import Measure
from fixviz.reading.numbers import number
from fixviz.reading.values.what_if import RECEIVED, Outcome, classes

INTRO: Final = (
    "Change the network or the clip, run the network again, and see how its attention and its prediction "
    "change."
)

HONEST: Final = (
    "This shows what this trained network does on this clip without the part that you changed. It does not "
    "show what a network trained without that part would do, since it would have learned to do without. A "
    "small change does not mean that the part is unimportant: other parts may stand in for it. A changed "
    "network or picture is also unlike anything seen in training, which alone can upset the network."
)

ALIGNED: Final = (
    "The frames have another order now. Maps are compared for the same picture, predictions for the windows "
    "in which that picture lies."
)

DIFFERENCE: Final = (
    "In the difference map, orange patches have more after the change and blue ones less."
)
NO_DIFFERENCE: Final = (
    "There is no difference map: after the change, the patches show other parts of the picture."
)
MAPS: Final = "A map can change much while the prediction stays the same, and the other way round."

QUANTITIES: Final[dict[str, str]] = {
    RECEIVED: "Attention received (by source)",
    "ratio_query": "Fixation ratio of the query",
    "ratio_key": "Fixation ratio of the key",
}


def on_keys(measure: Measure) -> str:
    """Say what a higher value of a measure of the rows means, and what it does not say."""
    return (
        f"A higher value means that a query's attention lies on {measure.higher}. It does not say on which "
        "keys, nor "
        "whether the network does better or worse."
    )


def sentence(outcome: Outcome) -> str:
    """Say what changed, with numbers: the class, the rows of attention in view, and the clip.

    The sentence goes on after the model's title.
    """
    names = classes(outcome.model.entry)
    before, after = outcome.probabilities()
    first, second = int(before.argmax()), int(after.argmax())
    if first == second:
        prediction = f"still predicts “{names[first]}” ({before[first]:.2f} before, {after[first]:.2f} after)"
    else:
        prediction = (
            f"predicts “{names[second]}” ({after[second]:.2f}) instead of “{names[first]}” "
            f"({before[first]:.2f}, now {after[first]:.2f})"
        )
    return f"{prediction} around this frame{_support(outcome)}{_clip(outcome)}."


def _support(outcome: Outcome) -> str:
    """Say on how many keys the attention of a query lies, where the run knows."""
    if not outcome.has_measure("effective_support"):
        return ""
    before, after = outcome.measure_here("effective_support")
    return (
        f"; a query of the {outcome.view.axis} attention in layer {outcome.view.layer} looks at about "
        f"{number(after)} keys instead of {number(before)}"
    )


def _clip(outcome: Outcome) -> str:
    """Say how many windows of the clip change their class; empty where they cannot be compared."""
    other, windows = outcome.turned()
    if not outcome.whole_clip or windows < 2 or outcome.reordered:
        return ""
    return f"; over the clip, {other} of {windows} windows change their class"


def when(outcome: Outcome) -> str:
    """Name frame, time and windows of the maps before and after."""
    run, frame = outcome.view.run, outcome.view.frame
    if outcome.place == frame and outcome.order[frame] == frame:
        return run.moment(outcome.model.name, frame)
    first, second = outcome.window_phrases()
    return (
        f"before frame {frame} at {run.timestamp(frame):.2f} s ({first}), after frame "
        f"{outcome.order[outcome.place]} shown as number {outcome.place} ({second})"
    )


def windows(outcome: Outcome) -> str:
    """Name the windows of the predictions before and after."""
    first, second = outcome.window_phrases()
    return first if first == second else f"before in the {first}, after in the {second}"
