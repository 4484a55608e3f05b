"""What is measured: the models' attention, counted by another library, and sizes that are left out."""

from __future__ import annotations

import json
import math
from collections import namedtuple
from dataclasses import replace
from unittest.mock import Mock

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fixviz.attention_cost import load, measure
from fixviz.attention_cost.computations import computation, projections, random_inputs
from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.measure import measure_attention, measure_roof
from fixviz.attention_cost.measurement import CostMeasurement, CostPoint, Stop, theory_bytes
from fixviz.attention_cost.shape import AttentionShape, checked_tokens
from fixviz.errors import JobCancelled, OptionError
from fixviz.evaluation.cost import peak_bytes
from fixviz.model.config import ModelConfig
from fixviz.model.layers import Attention
from fixviz.reading.texts import attention_cost as texts

CPU = torch.device("cpu")
SHAPE = AttentionShape(heads=3, width=8, rows=5, columns=7)
PLENTY = 10**12
LONG = 60.0
"""Seconds that no toy size needs, however busy the machine is."""


@pytest.fixture(autouse=True)
def small_roof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_ROOF_SIDES", (64, 128))


@pytest.mark.parametrize("tokens", [5, 70])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "softmax"])
def test_multiply_adds_are_those_that_torch_counts(kind: str, tokens: int) -> None:
    """Fused softmax is one operation to the counter, whose products are those of the other form."""
    compute = computation(kind, SHAPE, tokens, CPU)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        compute()
    counted = SHAPE.heads * KINDS[kind].multiply_adds(tokens, SHAPE.width)
    assert counter.get_total_flops() == 2 * counted


def test_both_forms_of_softmax_do_the_same_work_and_give_the_same() -> None:
    assert (
        KINDS["softmax"].multiply_adds(7, 3) == KINDS["softmax-matrix"].multiply_adds(7, 3) == 294
    )
    outputs = [computation(kind, SHAPE, 70, CPU)() for kind in ("softmax", "softmax-matrix")]
    torch.testing.assert_close(*outputs, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("kind", ["softmax", "linear", "fixation"])
def test_what_is_timed_is_what_the_models_compute(kind: str) -> None:
    """The same query, key and value through the models' own attention layer."""
    tokens = 2 * SHAPE.patches
    config = ModelConfig(
        attention="softmax" if kind == "softmax" else "linear",
        fixation="cooperative" if kind == "fixation" else "none",
        form="joint",
        dim=SHAPE.heads * SHAPE.width,
        heads=SHAPE.heads,
        frames=2,
    )
    layer = Attention(config, "joint", 0)
    compute = computation(kind, SHAPE, tokens, CPU)
    torch.manual_seed(0)
    query, key, value = random_inputs(SHAPE, tokens, CPU)
    if layer.fixation is not None:
        layer.fixation.load_state_dict(projections(SHAPE).state_dict())
    grid = (1, SHAPE.heads, 2, SHAPE.rows, SHAPE.columns, SHAPE.width)
    q, k, v = (x.view(grid).permute(0, 2, 3, 4, 1, 5) for x in (query, key, value))
    mixed = layer.mix(q, k, v).mixed.permute(0, 4, 1, 2, 3, 5).reshape(query.shape)
    torch.testing.assert_close(compute(), mixed, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_memory_of_the_matrix_grows_with_the_square_and_that_of_the_others_does_not() -> None:
    """At 600 tokens a head's matrix takes 75 times what its output does."""
    tokens = 600
    peaks = {kind: peak_bytes(computation(kind, SHAPE, tokens, CPU), CPU) for kind in KINDS}
    matrix = SHAPE.heads * tokens**2 * 4
    output = SHAPE.heads * tokens * SHAPE.width * 4
    assert peaks["softmax-matrix"] >= matrix + output
    for kind in ("softmax", "linear", "fixation"):
        assert theory_bytes(kind, SHAPE, tokens) <= 1.05 * peaks[kind]
        assert peaks[kind] < matrix / 4
    assert theory_bytes("softmax-matrix", SHAPE, tokens) == matrix + output


def test_each_kind_is_measured_at_each_size() -> None:
    told: list[tuple[float, str]] = []
    found = measure_attention(
        SHAPE,
        (35, 70, 140),
        CPU,
        seconds=LONG,
        free_bytes=PLENTY,
        machine="a test",
        progress=lambda part, text: told.append((part, text)),
    )
    assert [(p.kind, p.tokens) for p in found.points] == [
        (kind, n) for n in (35, 70, 140) for kind in KINDS
    ]
    assert all(p.seconds > 0 and p.error >= 0 and p.repeats >= 5 for p in found.points)
    assert found.machine == "a test"
    assert found.roof_flops is not None
    assert found.roof_flops > 1e8
    assert found.stopped == {}
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert "Linear, 70 tokens" in [text for _, text in told]
    again = CostMeasurement.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found


def test_a_size_that_would_not_fit_is_left_out_and_said() -> None:
    """Room for the matrix of 70 tokens with its copies, and not for that of 140."""
    room = 3 * theory_bytes("softmax-matrix", SHAPE, 70)
    found = measure_attention(SHAPE, (35, 70, 140), CPU, seconds=LONG, free_bytes=room)
    assert found.stopped == {"softmax-matrix": Stop(140, "memory")}
    assert [p.tokens for p in found.of("softmax-matrix")] == [35, 70]
    assert [p.tokens for p in found.of("linear")] == [35, 70, 140]


def test_a_size_that_would_take_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size takes as many times the last one's time as it has multiply-adds."""
    monkeypatch.setattr(measure, "measure_roof", lambda *_: 1e9)
    monkeypatch.setattr(
        measure,
        "_point",
        lambda kind, shape, tokens, *_: CostPoint(kind, tokens, 1e-3 * tokens, 0.0, 5, 1),
    )
    kinds = ("softmax", "linear")
    found = measure_attention(
        SHAPE, (10, 20, 400), CPU, kinds=kinds, seconds=20.0, free_bytes=PLENTY
    )
    # From 20 ms at 20 tokens: 400 times as much is 8 s for softmax, 20 times is 0.4 s for linear.
    assert found.stopped == {"softmax": Stop(400, "time")}


def test_it_stops_when_it_is_asked_to() -> None:
    def stop() -> None:
        raise JobCancelled("The analysis was cancelled.")

    with pytest.raises(JobCancelled):
        measure_attention(SHAPE, (35,), CPU, seconds=1.0, free_bytes=PLENTY, should_stop=stop)


def test_the_roof_takes_the_fastest_product_and_ends_in_time() -> None:
    few = measure_roof(CPU, seconds=0.0)
    assert few > 1e8


def point(kind: str, tokens: int, seconds: float, error: float = 0.0) -> CostPoint:
    return CostPoint(kind, tokens, seconds, error, 9, 100 * tokens)


def test_speed_and_share_of_the_roof_follow_from_the_counts() -> None:
    shape = AttentionShape(heads=2, width=3)
    one = CostMeasurement("server", "a test", shape, (point("softmax", 7, 1e-6),), roof_flops=2e9)
    # Two heads of 2 N^2 d = 294 multiply-adds, 1176 FLOP in a microsecond.
    assert one.multiply_adds(one.points[0]) == 588
    assert one.flops(one.points[0]) == pytest.approx(1.176e9)
    assert one.roof_share(one.points[0]) == pytest.approx(0.588)
    assert replace(one, roof_flops=None).roof_share(one.points[0]) is None


def test_fits_and_crossings_are_in_the_file() -> None:
    sizes = (250, 500, 750, 2000)
    points = [point("softmax", n, 1e-9 * n * n) for n in sizes]
    points += [point("linear", n, 1e-6 * n) for n in sizes]
    values = CostMeasurement("browser", "x", SHAPE, tuple(points)).to_dict()
    assert values["fits"]["softmax"]["seconds"]["exponent"] == pytest.approx(2)
    assert values["fits"]["linear"]["seconds"]["exponent"] == pytest.approx(1)
    assert values["fits"]["linear"]["peak_bytes"]["exponent"] == pytest.approx(1)
    assert values["crossings_with_softmax"]["linear"]["tokens"] == pytest.approx(1000)
    assert list(values["crossings_with_softmax"]) == ["linear"]
    assert [p["frames"] for p in values["points"][:2]] == [None, None], "no whole frames of 35"


@pytest.mark.parametrize(
    "broken",
    [
        {"format": 2},
        {"points": [{"kind": "nonsense", "tokens": 1, "seconds": 1, "error": 0, "repeats": 1}]},
        {"points": [vars(point("linear", 1, math.nan))]},
        {"points": [vars(point("linear", 0, 1.0))]},
        {"points": [vars(point("linear", 1, 0.0))]},
        {"shape": {"heads": 0, "width": 4}},
    ],
)
def test_what_is_no_measurement_is_refused(broken: dict[str, object]) -> None:
    values = CostMeasurement("server", "x", SHAPE, (point("linear", 35, 1.0),)).to_dict()
    with pytest.raises((KeyError, TypeError, ValueError, OptionError)):
        CostMeasurement.from_dict({**values, **broken})


def test_tokens_are_frames_times_the_grid() -> None:
    assert SHAPE.tokens((1, 4)) == (35, 140)
    assert (SHAPE.frames(140), SHAPE.frames(141)) == (4, None)
    assert checked_tokens([20, 10, 20]) == (10, 20)
    for wrong in ([], [0], [2**21]):
        with pytest.raises(OptionError):
            checked_tokens(wrong)
    for shape in ({"heads": 0, "width": 4}, {"heads": 2, "width": 4, "rows": 0}):
        with pytest.raises(OptionError):
            AttentionShape(**shape)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(OptionError, match="softmax-matrix"):
        measure_attention(SHAPE, (35,), CPU, kinds=("performer",), seconds=1.0, free_bytes=PLENTY)


def test_other_programs_are_told_apart_from_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two processors for 10 s: 14 s of work, of which 8 s are ours, so 6 of 20 s are the others'."""
    states = namedtuple("states", ["user", "system", "idle", "iowait", "guest"])
    times = iter((states(100, 10, 50, 5, 40), states(112, 12, 55, 6, 52)))
    own = iter((Mock(user=1.0, system=0.0), Mock(user=8.0, system=1.0)))
    monkeypatch.setattr("psutil.cpu_times", lambda: next(times))
    monkeypatch.setattr("psutil.Process", lambda: Mock(cpu_times=lambda: next(own)))
    watched = load.OthersLoad()
    assert watched.share() == pytest.approx(6 / 20)


def test_a_disturbed_measurement_says_so_and_a_quiet_one_does_not() -> None:
    found = CostMeasurement("server", "a machine", SHAPE)
    assert texts.warnings(replace(found, others=0.1)) == []
    [said] = texts.warnings(replace(found, others=0.63))
    assert said.startswith("Other programs had 63 % of the machine meanwhile")
    again = CostMeasurement.from_dict(replace(found, others=0.63).to_dict())
    assert again.others == 0.63
