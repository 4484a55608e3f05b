"""Texts about predictions: what follows from a figure, and what does not."""

from __future__ import annotations

from typing import Final

PROBABILITY: Final = (
    "A probability says how sure a model is among the classes it knows, not how likely it is to be right: "
    "every clip gets some class."
)
WINDOWS: Final = (
    "Windows overlap, so neighbors share frames. Where the class changes from one window to the next, the "
    "mean over the clip stands for neither."
)
