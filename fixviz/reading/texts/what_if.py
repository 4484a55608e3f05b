"""What the page says: captions, what changed in one sentence, and what follows from it."""

from __future__ import annotations

import hashlib
from typing import Final

from fixviz.analysis.what_if.plain import to_link
from fixviz.errors import OptionError
from fixviz.reading.phrases import head_phrase
from fixviz.reading.values.what_if import Outcome, classes, metric_names

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

QUANTITIES: Final[dict[str, str]] = {
    "attention_received/source": "Attention received (by source)",
    "ratio_query": "Fixation ratio of the query",
    "ratio_key": "Fixation ratio of the key",
}

_LONGEST_NAME: Final = 80


def caption(outcome: Outcome, what: str) -> str:
    """What a figure shows, with the interventions, the place in the network and the checkpoint."""
    view = outcome.view
    return (
        f"What if: {outcome.title}. {what}; {view.axis} attention, layer {view.layer}, "
        f"{head_phrase(view.head)}; {view.run.checkpoint(outcome.model.name)}."
    )


def file_name(outcome: Outcome, what: str) -> str:
    """Names the model, what is in it, and the interventions; a long list by its first part and a hash."""
    try:
        changes = to_link(outcome.interventions)
    except OptionError:
        changes = "many"
    if len(changes) > _LONGEST_NAME:
        digest = hashlib.sha256(outcome.title.encode() + changes.encode()).hexdigest()[:8]
        changes = f"{changes[: _LONGEST_NAME - 9]}-{digest}"
    return f"what-if-{outcome.model.name}-{what}-{changes}"


def sentence(outcome: Outcome) -> str:
    """What changed, with numbers: the class, the rows of attention in view, and the clip."""
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
    support = metric_names(outcome.view.run).index("effective_support")
    looked, looks = (float(values[support]) for values in outcome.metrics_here())
    other, windows = outcome.turned()
    clip = (
        f"; over the clip, {other} of {windows} windows change their class"
        if outcome.whole_clip and windows > 1 and not outcome.reordered
        else ""
    )
    return (
        f"**{outcome.model.title}** {prediction} around this frame; a query of the "
        f"{outcome.view.axis} attention in layer {outcome.view.layer} looks at about {looks:.3g} keys "
        f"instead of {looked:.3g}{clip}."
    )


def when(outcome: Outcome) -> str:
    """Frame, time and windows of both maps."""
    view, (first, second) = outcome.view, outcome.windows()
    before = f"frame {view.frame} at {view.run.timestamp(view.frame):.2f} s"
    if outcome.place == view.frame and outcome.order[outcome.place] == view.frame:
        return f"{before}, {outcome.window_words(first)}"
    shown = outcome.order[outcome.place]
    return (
        f"before {before}, {outcome.window_words(first)}; after frame {shown} shown as number "
        f"{outcome.place}, {outcome.window_words(second)}"
    )
