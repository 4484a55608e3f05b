"""Measuring what attention costs: a job that is shared, kept for all, cancelled, and left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixviz.attention_cost.measurement import CostMeasurement, CostPoint
from fixviz.attention_cost.shape import FRAMES, SHAPES
from fixviz.engine import CostRequest, Engine
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.engine.lane import Lane
from fixviz.engine.plan import CostPlan, Plan
from fixviz.engine.steps import Functions
from fixviz.engine.tickets import Execution
from fixviz.engine.waiting_time import Durations
from fixviz.errors import JobCancelled, OptionError
from fixviz.settings import Settings
from fixviz.store import Store
from tests.engine.conftest import until

SMALL = CostRequest("small", "cpu")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = Settings(home=tmp_path_factory.mktemp("cost") / "home", cost_seconds=1.0)
    with Engine(settings, Store(settings)) as running:
        yield running


def test_two_visitors_share_a_measurement_that_is_kept_for_all(engine: Engine) -> None:
    costs = AttentionCosts(engine._settings.home)
    assert costs.find(SMALL) is None
    jobs = [engine.measure_attention(SMALL, owner) for owner in ("one", "other")]
    assert [job.result() for job in jobs] == ["small", "small"]
    found = costs.find(SMALL)
    assert found is not None
    assert found.shape == SHAPES["small"]
    assert {p.kind for p in found.points} == {"softmax", "softmax-matrix", "linear", "fixation"}
    assert {p.tokens for p in found.points} <= set(SHAPES["small"].tokens(FRAMES))
    assert costs.find(CostRequest("base", "cpu")) is None


def test_a_measurement_is_cancelled_and_the_one_before_stays(engine: Engine) -> None:
    costs = AttentionCosts(engine._settings.home)
    before = CostMeasurement(
        "server", "x", SHAPES["base"], (CostPoint("linear", 225, 1.0, 0.1, 5, 9),)
    )
    request = CostRequest("base", "cpu")
    costs.keep(request, before)
    job = engine.measure_attention(request, "one")
    until(lambda: job.status().state == "running")
    job.cancel()
    assert job.wait(120).state == "cancelled"
    with pytest.raises(JobCancelled):
        job.result()
    assert costs.find(request) == before


def test_a_file_that_cannot_be_read_counts_as_absent(tmp_path: Path) -> None:
    costs = AttentionCosts(tmp_path)
    found = CostMeasurement("server", "x", SHAPES["small"])
    for text in ("", "[]", "{", '{"x": 1}'):
        (tmp_path / "attention-cost.json").write_text(text)
        assert costs.find(SMALL) is None
    costs.keep(SMALL, found)
    costs.keep(SMALL, replace(found, machine="y"))
    kept = costs.find(SMALL)
    assert kept is not None
    assert kept.machine == "y"
    text = (tmp_path / "attention-cost.json").read_text()
    (tmp_path / "attention-cost.json").write_text(text.replace('"format": 1', '"format": 9'))
    assert costs.find(SMALL) is None


def test_an_unknown_shape_is_refused(engine: Engine) -> None:
    with pytest.raises(OptionError, match="small, base"):
        engine.measure_attention(CostRequest("huge"), "one")


def test_nothing_is_decoded_beside_a_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for loop in ("_decode_loop", "_model_loop"):
        monkeypatch.setattr(Lane, loop, lambda *_: None)
    lane = Lane(
        "cpu", Settings(home=tmp_path), Functions(), threading.Condition(), print, Durations()
    )
    plan = Plan("key", "clip", "clip.mp4", "0" * 64, (), "cpu", {})
    waiting = Execution(plan, tmp_path, visitor="one")
    lane.waiting.put(waiting, "one")
    assert lane._may_decode()
    measuring = Execution(CostPlan(SMALL), tmp_path)
    lane.at_work.append(measuring)
    assert not lane._may_decode()
    lane.at_work = [Execution(plan, tmp_path)]
    assert lane._may_decode(), "an analysis at work holds nobody up"
    lane.close()
