"""Texts of the Benchmark page."""

from __future__ import annotations

from typing import Final

from fixviz.evaluation.intervals import Interval

INTRO: Final = (
    "Every checkpoint was measured on clips that no training used. Put one figure against another, choose a "
    "checkpoint, and see which clips it gets wrong."
)
NONE: Final = (
    "There are no measured results: `docs/results.json` is missing. "
    "`fixviz evaluate --out results.json` measures checkpoints; load its file below."
)
NO_POINT: Final = (
    "No checkpoint has both figures on these clips. Choose other figures or other clips above."
)
NO_ANSWERS: Final = (
    "For these checkpoints only the share of right answers was kept, not what they said of each clip. "
    "`fixviz evaluate` measures it again."
)
CANNOT: Final = (
    "What it does not tell: the models share clips, recipe and seed and differ in more than one part, so "
    "even a strong correlation does not say that one figure causes the other. Another training of the "
    "same model gives another point."
)
NO_CLIP: Final = "No clip of this class is like that. Choose other answers above."
OPENED: Final = (
    "Watch analyzes a compressed copy of the clip, four times as large, so a close answer can differ from "
    "the one here."
)
OWN: Final = (
    "Measure your checkpoint with `fixviz evaluate --models FOLDER --preset standard,hard --clips 900 "
    "--out mine.json`, and load `mine.json` here. Its points join the plot for this visit; the file is "
    "not kept."
)


def correlation(x: str, y: str, points: int, found: Interval | None) -> str:
    """Say how the order of the checkpoints in one figure goes with that in another, and how sure that is."""
    some = f"{points} checkpoint" + ("" if points == 1 else "s")
    if points < 3:
        return f"{some}: too few to speak of a correlation."
    if found is None:
        return f"{some}: one of the figures is the same for all, so there is no order to compare."
    start = f"Rank correlation of {x} and {y} over {some}: {_signed(found.mean)}"
    if found.low is None or found.high is None:
        return f"{start}. So few points have no useful interval: such an order comes about by chance, too."
    interval = f"(95 % interval about {_signed(found.low)} to {_signed(found.high)})"
    if found.low <= 0 <= found.high:
        end = f"The interval includes 0: with {points} points, this order may be chance."
    else:
        end = (
            f"The interval leaves out 0, but {points} points that are no random sample of models prove "
            "nothing."
        )
    return f"{start} {interval}. {end}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
