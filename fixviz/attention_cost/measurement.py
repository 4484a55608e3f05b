"""What was measured in one place, as plain data that files keep, and what follows from it. Needs no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from fixviz.attention_cost.fit import Crossing, PowerLaw, find_crossing, fit_power_law
from fixviz.attention_cost.kinds import CHEAPER, KINDS
from fixviz.attention_cost.shape import AttentionShape, checked_tokens

FORMAT = 1
DISTURBED = 0.2
_FLOAT_BYTES = 4

Place = Literal["server", "browser"]
Reason = Literal["time", "memory"]


@dataclass(frozen=True)
class CostPoint:
    """What one kind of attention cost at one number of tokens."""

    kind: str
    tokens: int
    seconds: float
    """Median over the repeats."""
    error: float
    """Standard error of the median in seconds, from the middle half of the repeats."""
    repeats: int
    peak_bytes: int
    """Most bytes of tensors at one time, beyond query, key and value."""


@dataclass(frozen=True)
class Stop:
    """Why a kind was not measured at more tokens."""

    tokens: int
    """First number of tokens that was left out."""
    reason: Reason
    """It would have taken too long, or too much memory."""


@dataclass(frozen=True)
class CostMeasurement:
    """Points of several kinds of attention on one machine, in order of their tokens."""

    place: Place
    machine: str
    """Processor or GPU with the number of threads, or the browser."""
    shape: AttentionShape
    points: tuple[CostPoint, ...] = ()
    stopped: Mapping[str, Stop] = field(default_factory=dict)
    """By kind."""
    roof_flops: float | None = None
    """FLOP/s that large square matrix products reach here; a multiply-add is two."""
    threads: int = 1
    measured: float = 0.0
    """When, in seconds since 1970."""
    others: float = 0.0
    """Share of the machine's processors that other programs had meanwhile, 0 to 1; 0 where nobody knows."""

    @property
    def disturbed(self) -> bool:
        """Whether other programs had so much of the machine that times, and so exponents, may be off."""
        return self.others > DISTURBED

    def of(self, kind: str) -> list[CostPoint]:
        """Return the points of one kind, in order of their tokens."""
        return sorted((p for p in self.points if p.kind == kind), key=lambda p: p.tokens)

    @property
    def kinds(self) -> list[str]:
        """Kinds of which there is a point, in the order of `KINDS`."""
        found = {point.kind for point in self.points}
        return [kind for kind in KINDS if kind in found]

    def multiply_adds(self, point: CostPoint) -> int:
        """Return the multiply-adds of the matrix products of all heads."""
        return self.shape.heads * KINDS[point.kind].multiply_adds(point.tokens, self.shape.width)

    def flops(self, point: CostPoint) -> float:
        """Return the FLOP/s that the matrix products were computed at; a multiply-add is two."""
        return 2 * self.multiply_adds(point) / point.seconds

    def roof_share(self, point: CostPoint) -> float | None:
        """Return which share of the roof that is; None where no roof was measured."""
        return None if not self.roof_flops else self.flops(point) / self.roof_flops

    def fit(self, kind: str, quantity: str = "seconds") -> PowerLaw | None:
        """Return the power law of a quantity; None with too few points. See `fit_power_law`.

        quantity: seconds, peak_bytes or multiply_adds.
        """
        points = self.of(kind)
        values = [
            float(self.multiply_adds(p) if quantity == "multiply_adds" else getattr(p, quantity))
            for p in points
        ]
        return fit_power_law([p.tokens for p in points], values)

    def crossing(self, kind: str, against: str = "softmax") -> Crossing | None:
        """Return from how many tokens on `kind` takes less time than `against`, at common sizes.

        None where they have no size in common.
        """
        other = {p.tokens: p for p in self.of(against)}
        mine = [p for p in self.of(kind) if p.tokens in other]
        if not mine:
            return None
        theirs = [other[p.tokens] for p in mine]
        return find_crossing(
            [p.tokens for p in mine],
            [p.seconds for p in theirs],
            [p.seconds for p in mine],
            [p.error for p in theirs],
            [p.error for p in mine],
        )

    def with_point(self, point: CostPoint) -> CostMeasurement:
        """Return the measurement with one point more."""
        return replace(self, points=(*self.points, point))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: what was measured, and the fits and crossings that follow from it."""
        points = [
            {
                **asdict(point),
                "frames": self.shape.frames(point.tokens),
                "multiply_adds": self.multiply_adds(point),
                "flops": self.flops(point),
                "roof_share": self.roof_share(point),
            }
            for point in self.points
        ]
        quantities = ("seconds", "peak_bytes", "multiply_adds")
        fits = {
            kind: {name: _plain(self.fit(kind, name)) for name in quantities} for kind in self.kinds
        }
        crossings = {kind: _plain(self.crossing(kind)) for kind in CHEAPER if kind in self.kinds}
        return {
            "format": FORMAT,
            "place": self.place,
            "machine": self.machine,
            "threads": self.threads,
            "measured": self.measured,
            "others": self.others,
            "dtype": "float32",
            "shape": asdict(self.shape),
            "roof_flops": self.roof_flops,
            "points": points,
            "stopped": {kind: asdict(stop) for kind, stop in self.stopped.items()},
            "fits": fits,
            "crossings_with_softmax": crossings,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CostMeasurement:
        """Return the measurement of `to_dict`. Raises KeyError, TypeError or ValueError for anything else."""
        if values["format"] != FORMAT:
            raise ValueError(f"Format {values['format']!r} is not known.")
        names = CostPoint.__dataclass_fields__
        points = [CostPoint(**{name: one[name] for name in names}) for one in values["points"]]
        if len({(point.kind, point.tokens) for point in points}) != len(points):
            raise ValueError("A size is there twice.")
        return cls(
            place="browser" if values["place"] == "browser" else "server",
            machine=str(values["machine"]),
            shape=AttentionShape(**values["shape"]),
            points=tuple(map(_checked, points)),
            stopped={kind: _stop(kind, stop) for kind, stop in values["stopped"].items()},
            roof_flops=None if values["roof_flops"] is None else float(values["roof_flops"]),
            threads=int(values["threads"]),
            measured=float(values["measured"]),
            others=float(values.get("others", 0.0)),
        )


def theory_bytes(kind: str, shape: AttentionShape, tokens: int) -> int:
    """Return the least bytes that all heads must hold at one time beside q, k and v, in float32."""
    return _FLOAT_BYTES * shape.heads * KINDS[kind].numbers(tokens, shape.width)


def _checked(point: CostPoint) -> CostPoint:
    """Return a point that is one. Raises ValueError."""
    checked_tokens([point.tokens])
    amounts: Sequence[float] = (point.seconds, point.error, point.peak_bytes)
    if point.kind not in KINDS or not all(math.isfinite(a) and a >= 0 for a in amounts):
        raise ValueError("This is no point of a measurement.")
    if point.seconds == 0 or not isinstance(point.tokens, int):
        raise ValueError("Nothing takes no time, and tokens are counted.")
    return point


def _stop(kind: str, values: Mapping[str, Any]) -> Stop:
    """Return where a kind ended. Raises KeyError or ValueError for what says no such thing."""
    tokens, reason = int(values["tokens"]), values["reason"]
    if kind not in KINDS or reason not in get_args(Reason):
        raise ValueError("This is no end of a measurement.")
    return Stop(checked_tokens([tokens])[0], reason)


def _plain(found: PowerLaw | Crossing | None) -> dict[str, Any] | None:
    return None if found is None else found.to_dict()
