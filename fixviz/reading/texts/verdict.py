"""Texts of the verdict: what each model looks at and answers, and what that does not say.

The player fills the same templates in the browser (fixviz/browser/player/verdict.js).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fixviz.analysis.measure_table import MEASURES
from fixviz.errors import OptionError
from fixviz.evaluation.results import Entry, by_training, own_size, steps_of
from fixviz.evaluation.verdict import Gain, far_classes, find, gain

_PRESET: Final = "standard"

TEMPLATES: Final[dict[str, str]] = {
    "looks": "{model} looks at {support} of {keys} {what} and answers {answer}{off}.",
    "answers": "{model} answers {answer}{off}.",
    "off_both": (
        ". With its ratios off here, it looks at {support}; with its ratios off everywhere, it "
        "answers {answer}"
    ),
    "off_looks": ". With its ratios off here, it looks at {support}",
    "off_answers": ". With its ratios off everywhere, it answers {answer}",
    "judged": "“{name}” ({mark})",
    "open": "“{name}” ({share})",
    "spatial": "patches",
    "temporal": "frames",
    "joint": "patches of its frames",
    "correct": "correct",
    "wrong": "wrong",
}
"""Sentences with {names} to fill, and the words to fill in."""

TITLE: Final = "What each model looks at and answers, as learned"
MARKS: Final = (
    "Correct and wrong: judged by the class that most frames of the window show. If two are shown equally "
    "long, the earlier one counts. There is no mark if fewer than half of the frames show a labeled motion."
)
HOW: Final = (
    f"Looks at: {MEASURES['effective_support'].definition} The number is for this frame and for the layer, "
    "kind of attention and head in view (the mean of the heads if none is chosen). A key counts at its own "
    "place.",
    "Answers: the class that the whole network finds most probable in the window from which this frame "
    "takes its maps.",
    "Ratios off here: the fixation ratios of this attention alone are 1, its input is held fixed. Ratios off "
    "everywhere: those of the whole network are 1, and the network runs again.",
    "The network was not trained with its ratios off. What changes is what this network loses without "
    "them, not what a network trained without ratios would answer.",
    MARKS,
)
"""What the sentences count and hold fixed, a paragraph each."""

QUESTION: Final = "Does fixation help?"

PLAYER_TEXTS: Final = {"templates": TEMPLATES, "title": TITLE, "how": list(HOW), "marks": MARKS}
"""What the player says with the templates."""


def does_fixation_help(entries: Sequence[Entry]) -> list[str]:
    """Answer the question from what was measured, a paragraph each; empty where it was not measured.

    entries: of the results file. The trainings with the most steps are compared, at their own frame
    size, on clips of the preset "standard".
    """
    trained = by_training(own_size(entries))[0].get(_PRESET, [])
    groups: dict[str, list[Entry]] = {}
    for entry in trained:
        groups.setdefault(entry["title"], []).append(entry)
    linear = find(groups, "linear")
    variants = {
        "fixation without neighbors": find(groups, "linear", "cooperative"),
        "neighbors without fixation": find(groups, "linear", neighbors=True),
        "fixation with neighbors": find(groups, "linear", "cooperative", neighbors=True),
    }
    if not linear or not all(variants.values()):
        return []
    try:
        gains = {name: gain(linear, group) for name, group in variants.items()}
    except OptionError:
        return []  # Results of an early version do not say which clips were answered right.
    return [
        f"The models were tested on {linear[0]['clips']} generated clips that no training used (preset "
        f"{_PRESET}, {steps_of(linear[0])} training steps). Percentage points more correct answers than "
        "plain linear attention, with the 95 % interval: "
        f"{'; '.join(f'{name} {_points(g)}' for name, g in gains.items())}.",
        _alone(gains["fixation without neighbors"]),
        _where(linear, variants["fixation with neighbors"], gains["fixation with neighbors"]),
        f"{_trainings(linear)} The intervals do not show how much two trainings of one model differ. One "
        "clip shows what these networks do with it; it cannot show whether fixation helps.",
    ]


def _trainings(linear: Sequence[Entry]) -> str:
    if len(linear) == 1:
        return "One training of each model was measured."
    return f"{len(linear)} trainings of each model were measured."


def _alone(found: Gain) -> str:
    if found.low <= 0 <= found.high:
        return "Without neighbors, fixation may not help at all: the interval includes 0."
    more = "more" if found.mean > 0 else "fewer"
    return f"Without neighbors, fixation gives {more} correct answers: the interval does not include 0."


def _where(linear: Sequence[Entry], fixed: Sequence[Entry], found: Gain) -> str:
    """Say how much of a lead comes from the few classes in which two models differ most."""
    far = far_classes(linear, fixed)
    classes = len(linear[0]["class_accuracy"])
    if not far:
        return f"The lead with neighbors is spread over the {classes} classes."
    part = sum(far.values()) / classes
    names = " and ".join(f"“{name}”" for name in far)
    share = "Most of the lead" if part > found.mean / 2 else "A part of the lead"
    return (
        f"{share} with neighbors, {_signed(part)} of {_signed(found.mean)} percentage points, comes "
        f"from {len(far)} of {classes} classes: {names}."
    )


def _points(found: Gain) -> str:
    return f"{_signed(found.mean)} ({_signed(found.low)} to {_signed(found.high)})"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def fill(template: str, words: Mapping[str, str]) -> str:
    """Fill a template of TEMPLATES."""
    return TEMPLATES[template].format(**words)
