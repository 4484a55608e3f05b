"""What the page says: what each method is, and what can and cannot be concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fixviz.ui.attribution.view import SHARED, View, shared_words

INTRO: Final = (
    "Attention says where a model looks; attribution asks which patches its answer for one class "
    "depends on. The two need not agree, and neither is right by itself: measure below whether a map "
    "holds up."
)


def explained(view: View) -> str:
    """Which class the maps explain, and why this one, in one sentence."""
    name = view.class_name
    if name is None:
        return "Each map explains the own answer of its model, so two maps may explain two classes."
    if view.target != SHARED:
        return f"All maps explain the class that you chose, “{name}”."
    where = "clip" if view.whole_clip else "window"
    return f"All maps explain one class, “{name}”: {shared_words(view.shared, where)}."


SAME_CLASS: Final = (
    "A map explains one class. Compare the maps of two models only where they explain the same one."
)

METHODS: Final[dict[str, str]] = {
    "integrated_gradients": (
        "The patches' numbers add up to the logit of the clip less the logit of the baseline, off by "
        "the convergence delta. Against another baseline the same model gives another map, and a number "
        "does not say that its patch alone would do."
    ),
    "occlusion": (
        "Each number is what really happens to the logit when that patch alone is replaced. A patch for "
        "which others can stand in gets about 0 although it is used, and a replaced patch is itself "
        "something that the model has never seen."
    ),
    "grad_cam": (
        "It weights what the last block holds at each patch. By then every patch has mixed in other "
        "places and frames, so the map shows where the evidence ends up, not where in the clip it was."
    ),
    "attention_x_gradient": (
        "How the logit would respond, at first order, if each attention weight were scaled. Information "
        "that travels past the attention (residual path, 3 × 3 convolutions) is not in it, and numbers "
        "of different layers overlap: they do not add up to the logit."
    ),
    "rollout": (
        "It follows attention weights through all layers, with ½ for the residual path by convention. It "
        "knows no class and no values: every class has the same map, and a patch may pass on nothing of use."
    ),
    "attention_received": (
        "The attention itself, for comparison. It knows no class: a patch that is looked at need not "
        "count for the answer."
    ),
}

AGREEMENT: Final = (
    "Near 1, attention ranks the patches as this map does; near 0, a patch high in one is as often low "
    "as high in the other; below 0, they tend to be opposed. Low agreement alone does not say which of the "
    "two is wrong; a high one can come from patches that both ignore."
)

FAITHFULNESS: Final = (
    "A map that names what the model uses makes the probability fall early in deletion (small area) and "
    "rise early in insertion (large area). Better than random means better than each of the 10 random "
    "orders, which chance alone brings about once in 11 times. Blurred patches are unusual input, and "
    "a blurred clip still shows rough motion, so areas rank maps of one model and window; "
    "they do not rank models. A map that does well in deletion only may have found where blurring upsets "
    "the network, not what the network needs."
)

ROOM: Final = 0.1
"""Share of the class's probability below which the area of random deletion says: gone at once."""
UNLIKELY: Final = 0.5
"""Probability below which the class is not what the model sees in the window."""

INFIDELITY: Final = (
    "Infidelity applies to integrated gradients only: the other maps do not claim to add up to a "
    "change of the logit."
)


def little_room(about: Mapping[str, Any]) -> list[str]:
    """Why the curves of a measured map cannot tell maps apart, if so; a sentence each.

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
    """How many of so many verdicts an order without any knowledge would win, in a sentence."""
    return f"Of {verdicts} verdicts, chance alone would make about {verdicts / 11:.1f} “better than random”."
