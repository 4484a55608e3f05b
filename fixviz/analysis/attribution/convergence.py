"""How exactly integrated gradients add up, as numbers and as a phrase. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CONVERGED: Final = 0.05
"""A map has converged where its relative convergence delta is below this."""
SMALLEST_CHANGE: Final = 0.01
"""Least change of the logit, in logits, that a convergence delta is related to. So small a change moves
a probability by at most 0.25 percentage points; related to less, rounding would look like an error."""


def relative_delta(delta: float, difference: float) -> float:
    """Return the convergence delta as a share of what the map should add up to; 0 if exact.

    delta: sum of the map less `difference` (captum's convergence delta). difference: logit of the clip
    less logit of the baseline, taken as SMALLEST_CHANGE where it is smaller. Both in logits.
    """
    return abs(delta) / max(abs(difference), SMALLEST_CHANGE)


@dataclass(frozen=True)
class Convergence:
    """How exactly the map of one window adds up."""

    delta: float
    """Sum of the map less `difference`, in logits."""
    difference: float | None
    """Logit of the clip less logit of the baseline; None in results of early versions."""
    steps: int

    @property
    def relative(self) -> float | None:
        """The delta as a share of the difference; None where that is unknown."""
        return None if self.difference is None else relative_delta(self.delta, self.difference)

    @property
    def converged(self) -> bool:
        """Whether the delta is known to be below 5 % of the difference."""
        return self.relative is not None and self.relative < CONVERGED

    @property
    def summary(self) -> str:
        """Delta, difference and number of steps, as one phrase."""
        if self.difference is None or self.relative is None:
            return f"convergence delta {self.delta:+.2g} logits ({self.steps} steps)"
        return (
            f"convergence delta {self.delta:+.2g} of {self.difference:.2g} logits "
            f"({percent(self.relative)}, {self.steps} steps)"
        )


def convergences(description: Mapping[str, Any]) -> list[Convergence]:
    """Return one entry a window of an "attribution" or "faithfulness" result.

    Empty for methods other than integrated gradients, and where the result says nothing of it.
    """
    deltas = _listed(description.get("convergence_delta"))
    if not deltas:
        return []
    differences = _listed(description.get("difference")) or [None] * len(deltas)
    # Results of earlier versions took the steps that their options name.
    steps = _listed(description.get("steps"))
    steps = steps or [description["options"]["steps"]] * len(deltas)
    return [Convergence(*values) for values in zip(deltas, differences, steps, strict=True)]


def worst(description: Mapping[str, Any]) -> Convergence | None:
    """Return the window that adds up least exactly; None where `convergences` is empty."""
    found = convergences(description)
    return max(found, key=lambda c: (c.relative or 0.0, abs(c.delta)), default=None)


def mark(description: Mapping[str, Any]) -> str | None:
    """Return a sentence that marks a result whose delta is not below 5 %; None for all others."""
    found = convergences(description)
    open_ones = [entry for entry in found if not entry.converged]
    if not open_ones:
        return None
    where = f" in {len(open_ones)} of {len(found)} windows" if len(found) > 1 else ""
    furthest = max(open_ones, key=lambda c: (c.relative or 0.0, abs(c.delta)))
    if furthest.relative is None:
        return f"It is not known whether the map has converged{where}: compute it again."
    by = f"by {'up to ' * (len(open_ones) > 1)}{percent(furthest.relative)}"
    return (
        f"Not converged{where}: the patches' numbers miss the change of the logit {by} after "
        f"{furthest.steps} steps; it should be less than {percent(CONVERGED)}."
    )


def percent(share: float) -> str:
    """Return a share in percent, with three digits below 10 %: 4.96 % must not read as 5 %."""
    return f"{100 * share:.3g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _listed(values: Any) -> list[Any]:
    if values is None:
        return []
    return list(values) if isinstance(values, list | tuple) else [values]
