"""Texts about attribution: what each method is, and what can and cannot be concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fixviz.analysis.attribution.shared_class import SharedClass
from fixviz.reading.texts.attribution_results import reason_phrase

INTRO: Final = (
    "Attention shows where a model looks. Attribution shows which patches its answer for one class depends "
    "on. The two need not agree, and neither is right by itself: measure below whether a map can be trusted."
)


def explained(name: str | None, shared: SharedClass | None, where: str) -> str:
    """Say in one sentence which class the maps explain, and why this one.

    name: of the class; None where each model explains its own answer. shared: the class of all models;
    None where somebody chose another one. where: "window" or "clip".
    """
    if name is None:
        return (
            "Each map explains its model's own answer, so two maps may explain different classes."
        )
    if shared is None:
        return f"All maps explain the class that you chose, “{name}”."
    return f"All maps explain one class, “{name}”: {reason_phrase(shared, where)}."


SAME_CLASS: Final = (
    "A map explains one class. Compare the maps of two models only where they explain the same one."
)

SIGNED: Final = (
    "Orange patches speak for the class, blue ones against it. The stronger the number, the more opaque "
    "the patch; where it is 0, only the frame is seen, in gray."
)

METHODS: Final[dict[str, str]] = {
    "integrated_gradients": (
        "The numbers of all patches add up to the logit of the clip less the logit of the baseline; the "
        "convergence delta says by how much they miss it. With another baseline, the same model gets another "
        "map. A large number does not say that this patch alone would be enough."
    ),
    "occlusion": (
        "Each number is the real change of the logit when only that patch is replaced. A patch gets about 0, "
        "although the model uses it, if other patches can stand in for it. And a replaced patch is something "
        "that the model has never seen."
    ),
    "grad_cam": (
        "This method weights what the last block holds at each patch. By then, every patch has mixed in "
        "other places and frames. So the map shows where the evidence ends up, not where in the clip it was."
    ),
    "attention_x_gradient": (
        "Each number estimates how the logit would change if the attention weights on the patch were scaled "
        "(at first order). What travels past the attention is left out: the residual path and the 3 × 3 "
        "convolutions. Numbers of different layers overlap, so they do not add up to the logit."
    ),
    "rollout": (
        "Rollout follows the attention weights through all layers and counts the residual path as ½, by "
        "convention. It ignores the class and the values: the map is the same for every class, and a patch "
        "may pass on nothing useful."
    ),
    "attention_received": (
        "This is attention itself, for comparison. It ignores the class: a patch that is looked at need not "
        "matter for the answer."
    ),
}

AGREEMENT: Final = (
    "Near 1, attention and this map rank the patches alike. Near 0, their ranks have nothing to do with "
    "each other; below 0, they tend to be opposite. Low agreement does not say which of the two is wrong. "
    "High agreement can come from patches that both ignore."
)

FAITHFULNESS: Final = (
    "If a map names what the model uses, the probability falls early in deletion (small area) and rises "
    "early in insertion (large area). “Better than random” means better than each of the 10 random orders, "
    "which happens by chance once in 11 times. Blurred patches are unusual input, and a blurred clip still "
    "shows rough motion. So compare the areas of maps of one model and window, not of different models. A "
    "map that does well only in deletion may have found where blurring upsets the network, not what the "
    "network needs."
)

INFIDELITY: Final = (
    "Infidelity applies only to integrated gradients: the other maps are not meant to add up to a change of "
    "the logit."
)

UNDEFINED: Final = (
    "Frames without a value: there, one of the two maps has the same value everywhere."
)

ROOM: Final = 0.1
"""Share of the class's probability below which the area of random deletion says: gone at once."""
UNLIKELY: Final = 0.5
"""Probability below which the class is not what the model sees in the window."""


def little_room(about: Mapping[str, Any]) -> list[str]:
    """Say why the curves of a measured map cannot tell maps apart, if so; a sentence each.

    about: the description of a "faithfulness" result.
    """
    found = []
    full, blurred = about["probability"], about["probability_blurred"]
    if about["little_room"]:
        found.append(
            f"blurring the whole clip hardly lowers the probability of the class ({full:.2f} against "
            f"{blurred:.2f}), so these curves have little room to tell maps apart."
        )
    elif about["deletion"]["random_mean"] < ROOM * full:
        found.append(
            "even random orders of deletion take the class away almost at once (area "
            f"{about['deletion']['random_mean']:.3f}, where the whole clip has probability {full:.2f}), so "
            "deletion has little room to tell maps apart; insertion says more."
        )
    if full < UNLIKELY:
        found.append(
            f"the class has probability {full:.2f} in this window, so the other classes together are "
            "likelier, and a blurred patch may help it by weakening them; choose a window in which the "
            "model is sure of the class."
        )
    return found


def by_chance(verdicts: int) -> str:
    """Say how many of so many verdicts an order without any knowledge would win."""
    return f"Of {verdicts} verdicts, chance alone would make about {verdicts / 11:.1f} “better than random”."
