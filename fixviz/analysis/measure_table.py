"""The table of measures: what each is called, means, and takes as values.

Arrays, CSV columns, axes, help texts, docs/reference/measures.md, player and report take their words and
places from it. Free of torch, so that whatever reads stored runs can use it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Of = Literal["rows", "target", "motion"]


@dataclass(frozen=True)
class Uniform:
    """The value of a measure for uniform attention over N keys."""

    formula: str
    """In N, as text shows it."""
    value: Callable[[int], float]


@dataclass(frozen=True)
class Measure:
    """One number per layer, head and frame."""

    name: str
    """As arrays, CSV columns, manifests and URLs call it."""
    title: str
    """As axes and lists call it."""
    term: str
    """As texts call it; `definition` stands under it in fixviz.reading.definitions."""
    definition: str
    """The formula, in a sentence or two."""
    higher: str
    """What a higher value means."""
    follows: str
    """What can be concluded from the measure, and what cannot."""
    of: Of
    """What it measures: rows of attention weights, attention against the truth, or against motion."""
    unit: str = ""
    uniform: Uniform | None = None
    """None where uniform attention has no value that N decides."""
    span: tuple[float, float] | None = (0.0, 1.0)
    """Smallest and largest value there can be; None where the largest depends on N or the clip."""
    span_text: str = ""
    """The span as text shows it, where `span` is None."""

    @property
    def signed(self) -> bool:
        """Whether it can be below 0."""
        return self.span is not None and self.span[0] < 0

    @property
    def axis_title(self) -> str:
        """The title, with the unit in brackets."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def range(self) -> str:
        """Smallest and largest value as text, such as "0 to 1"."""
        if self.span is None:
            return self.span_text
        low, high = (f"{end:g}".replace("-", "−") for end in self.span)
        return f"{low} to {high}"


_LIMITS: Final = (
    "The measure does not say where those keys are, nor that the model uses them. A difference between "
    "two models is one between these two checkpoints, not between two kinds of attention."
)
_FEWER: Final = "fewer keys"
_MORE: Final = "more keys"
_MASS: Final = (
    "Σ A[i, j] · m[j] over the keys j, m[j] the covered fraction of the patch: the share of a query's "
    "attention that is on the target. Mean over all queries of the frame, or over those whose own patch "
    "is on target. Beside it: what uniform attention would give."
)

ROW_MEASURES: Final = (
    Measure(
        "entropy",
        "Entropy",
        "entropy",
        "H = −Σ A ln A over the keys of a query, in nats. 0: one key. ln N: all alike.",
        _MORE,
        f"A lower value means that attention lies on fewer keys. {_LIMITS}",
        "rows",
        "nats",
        Uniform("ln N", math.log),
        None,
        "0 to ln N",
    ),
    Measure(
        "normalized_entropy",
        "Normalized entropy",
        "normalized entropy",
        "H / ln N: 0 one key, 1 all N keys alike.",
        _MORE,
        f"A lower value means that attention lies on fewer keys. {_LIMITS}",
        "rows",
        uniform=Uniform("1", lambda keys: 1.0),
    ),
    Measure(
        "concentration",
        "Concentration",
        "concentration",
        "1 − H / ln N, H the entropy of a query's row: 0 uniform, 1 a single key.",
        _FEWER,
        f"A higher value means that attention lies on fewer keys. {_LIMITS}",
        "rows",
        uniform=Uniform("0", lambda keys: 0.0),
    ),
    Measure(
        "effective_support",
        "Effective support",
        "effective support",
        "Mean over queries of exp(H): so a query looks at about this many of N keys.",
        _MORE,
        "If a query looked at so many keys evenly, its entropy would be the same. A lower value means that "
        f"attention lies on fewer keys. {_LIMITS}",
        "rows",
        "keys",
        Uniform("N", float),
        None,
        "1 to N",
    ),
    Measure(
        "top10_mass",
        "Top-10 % mass",
        "top-10 % mass",
        "Share of the attention on the ⌈0.1 · N⌉ strongest keys of a query.",
        _FEWER,
        f"A higher value means that the strongest tenth of the keys gets more of the attention. {_LIMITS}",
        "rows",
        "share of attention",
        Uniform("⌈0.1 · N⌉ / N", lambda keys: math.ceil(0.1 * keys) / keys),
    ),
    Measure(
        "gini",
        "Gini coefficient",
        "Gini",
        "Gini coefficient of a row: 0 all keys alike, (N − 1) / N a single key. Twice the area between the "
        "Lorenz curve and the diagonal.",
        _FEWER,
        f"A higher value means that the keys share the attention less equally. {_LIMITS}",
        "rows",
        uniform=Uniform("0", lambda keys: 0.0),
    ),
)
"""Measures of the rows of attention weights, by slot: of every run, in the order of its "metrics" arrays."""

TARGET_MEASURES: Final = (
    Measure(
        "mass_on_target",
        "Mass on target",
        "mass on target",
        _MASS,
        "more attention on the target",
        "Above the gray dotted line, the queries look at the target more than uniform attention would. This "
        "does not prove that the model decides the class by the target: see Attribution.",
        "target",
        "share of attention",
    ),
    Measure(
        "mass_on_target_queries",
        "Mass on target, on-target queries",
        "mass on target",
        _MASS,
        "more attention of the target on itself",
        "Only queries whose own patch is on the target count here. Above the gray dotted line, the target "
        "looks at itself more than uniform attention would. What the other patches look at is not shown.",
        "target",
        "share of attention",
    ),
    Measure(
        "pointing",
        "Pointing game",
        "pointing game",
        "1 if the patch that receives most attention is on target (m ≥ 0.2), else 0; over heads or frames, "
        "the share of hits. By chance: the share of patches on target.",
        "more hits",
        "1 means that the patch that receives most attention is on the target. For the mean of heads, the "
        "value is the share of heads that hit. The gray dotted line is a patch drawn at random. A single "
        "patch decides, so single frames are noisy. A hit does not say how much attention is on the target.",
        "target",
        "1 = hit",
    ),
    Measure(
        "average_precision",
        "Average precision",
        "average precision",
        "Patches sorted by attention received, the strongest first: mean, over the patches on target "
        "(m ≥ 0.2), of the share of patches on target down to there. 1: all of them come first.",
        "more patches on target before the others",
        "1 means that every patch on the target receives more attention than all other patches. The gray "
        "dotted line is a random order of the patches. Only the order counts, not how much more they "
        "receive.",
        "target",
    ),
)
"""Measures against the truth, by source: of clips with a known target."""

MOTION_MEASURES: Final = (
    Measure(
        "motion_agreement",
        "Motion agreement",
        "motion agreement",
        "Spearman's rank correlation, per frame, of attention received with the length of the optical flow "
        "per patch (OpenCV DIS, from the frame to the video's next one that differs, less the camera's: an "
        "affine motion fitted by least median of squares). 1: the faster, the more attention; 0: no "
        "relation; −1: the reverse.",
        "more attention on faster patches",
        "Above 0, patches that move receive more attention than others; below 0, less. The reason may be "
        "that they move, or what it is that moves. Optical flow is an estimate, and a poor one on flat areas "
        "and for fast motion. Frames in which nothing moves against the background have no value. All "
        "patches count alike, also the many that receive almost no attention; attended motion weights them "
        "by what they receive.",
        "motion",
        "rank correlation",
        # Ranks of equal values correlate with nothing: this is the level of no relation.
        Uniform("0", lambda keys: 0.0),
        (-1.0, 1.0),
    ),
    Measure(
        "attended_motion",
        "Attended motion",
        "attended motion",
        "Mean length of the optical flow (as for motion agreement) of the patches, each weighted by the "
        "attention it receives, over their plain mean. 1: what uniform attention gives; 2: attention is "
        "where it moves twice as fast as on average.",
        "more motion where attention is",
        "Above the gray dotted line, attention lies where more moves than on average; below it, where less "
        "moves. A few patches that receive much attention decide the value, so attention that is "
        "concentrated in the right place scores high, and in the wrong place low.",
        "motion",
        "times the mean",
        Uniform("1", lambda keys: 1.0),
        None,
        "0 and up",
    ),
)
"""Measures against optical flow, by source: of runs whose frames have neighbors."""

MEASURES: Final = {
    measure.name: measure for measure in (*ROW_MEASURES, *TARGET_MEASURES, *MOTION_MEASURES)
}
"""All measures by name."""
FIRST: Final = MEASURES["concentration"]
"""The measure of the rows that pages and the report show first."""
SHOWN: Final = (FIRST, *(measure for measure in ROW_MEASURES if measure is not FIRST))
"""The measures of the rows in the order in which pages and the report list them."""


def names(measures: tuple[Measure, ...]) -> tuple[str, ...]:
    """Return their names, in order."""
    return tuple(measure.name for measure in measures)
