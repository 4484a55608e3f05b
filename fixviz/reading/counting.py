"""How the numbers of a figure are counted: one sentence for each point that all figures share."""

from __future__ import annotations

from typing import Final

BY_SLOT: Final = "by slot"
BY_SOURCE: Final = "by source"
WINDOW: Final = (
    "A frame lies in several windows; its values come from the one in which it is most central."
)
SLOT: Final = "By slot: a key counts at its own place, as in the query's row of attention weights."
SOURCE: Final = (
    "By source: attention counts at the patch whose content the key holds, such as a neighbor."
)
UNSCALED: Final = "Values are as computed, not rescaled."
DETAILS: Final = f"{WINDOW} {SLOT} {SOURCE} {UNSCALED}"
"""Sentences that a page shows once (`explain`) and that a saved file adds to its caption."""
