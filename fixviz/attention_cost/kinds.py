"""The kinds of attention whose cost is measured, and what theory says of each. Needs no torch.

Symbols: N tokens, d channels of a head. All counts are of one head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fixviz.errors import OptionError


@dataclass(frozen=True)
class CostKind:
    """What one kind of attention costs in theory."""

    title: str
    multiply_adds: Callable[[int, int], int]
    """Of its matrix products, of N and d. Sums, exponentials and products number by number are left out."""
    numbers: Callable[[int, int], int]
    """How many numbers it must hold at one time beside q, k and v, of N and d."""
    work: str
    """`multiply_adds` as LaTeX, for N of d or more."""
    memory: str
    """`numbers` as LaTeX."""
    work_exponent: int
    """With which power of N its work grows, for many tokens."""
    memory_exponent: int
    about: str
    """How it is computed, in one sentence."""


def _by_sums(n: int, d: int) -> int:
    """Count q (k^T v); of fewer tokens than channels (q k^T) v, which is cheaper then."""
    return 2 * n * d * min(n, d)


KINDS: Final[dict[str, CostKind]] = {
    "softmax": CostKind(
        title="Softmax, fused",
        multiply_adds=lambda n, d: 2 * n * n * d,
        numbers=lambda n, d: n * d,
        work="2 N^2 d",
        memory="N d",
        work_exponent=2,
        memory_exponent=1,
        about="All weights are computed, a few rows at a time; their matrix is never stored.",
    ),
    "softmax-matrix": CostKind(
        title="Softmax, N × N",
        multiply_adds=lambda n, d: 2 * n * n * d,
        numbers=lambda n, d: n * n + n * d,
        work="2 N^2 d",
        memory="N^2 + N d",
        work_exponent=2,
        memory_exponent=2,
        about="The matrix of all weights is stored, then multiplied by the values.",
    ),
    "linear": CostKind(
        title="Linear",
        multiply_adds=_by_sums,
        numbers=lambda n, d: n * d + d * d,
        work="2 N d^2",
        memory="N d + d^2",
        work_exponent=1,
        memory_exponent=1,
        about="Keys and values are summed up first, so no weight is ever computed.",
    ),
    "fixation": CostKind(
        title="Linear + fixation",
        multiply_adds=lambda n, d: 6 * n * d * d + _by_sums(n, d),
        numbers=lambda n, d: 3 * n * d + d * d,
        work="8 N d^2",
        memory="3 N d + d^2",
        work_exponent=1,
        memory_exponent=1,
        about="Linear attention whose queries and keys are first multiplied by learned ratios: two "
        "projections from 3d to d numbers for each token.",
    ),
}
"""By the name that commands and files have for it, in the order of legends."""

CHEAPER: Final = ("linear", "fixation")
"""Kinds of which it is asked from how many tokens on they take less time than fused softmax."""


def cost_kind(name: str) -> CostKind:
    """Return the kind of that name. Raises OptionError for one that `KINDS` does not have."""
    if name not in KINDS:
        raise OptionError(
            f"There is no attention {name!r} to measure; there are {', '.join(KINDS)}."
        )
    return KINDS[name]
