"""A queue in which everybody has a turn, knows their place and time, and is told when to come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz.engine import DeriveRequest, JobStatus
from fixviz.engine.fair_queue import FairQueue
from fixviz.engine.plan import DerivePlan
from fixviz.engine.tickets import Execution, Ticket
from fixviz.engine.waiting_time import Durations, about
from fixviz.errors import QueueFull
from fixviz.store import Store
from fixviz.ui.job_status import status_text
from fixviz.ui.routes import create_routes
from tests.engine.conftest import PATIENCE_S, Bench, until
from tests.ui.synthetic import synthetic_run


def execution(name: str) -> Execution:
    return Execution(DerivePlan(name, name, name, None, None), Path(name))


def names(queue: FairQueue) -> str:
    return " ".join(found.plan.key for found in queue)


def test_a_newcomer_comes_after_one_turn_of_who_asked_200_times() -> None:
    queue = FairQueue()
    for number in range(200):
        queue.put(execution(f"a{number}"), "ann")
    assert [queue.take().plan.key for _ in range(3)] == ["a0", "a1", "a2"]
    newcomer = execution("b0")
    queue.put(newcomer, "bob")
    assert [found.plan.key for found in queue.ahead(newcomer) or ()] == []
    queue.put(execution("b1"), "bob")
    queue.put(execution("c0"), "carl")
    assert names(queue).startswith("b0 c0 a3 b1 a4 a5")
    assert len(queue) == 200
    for _ in range(5):
        queue.take()
    # Who waited for nothing meanwhile has saved up no turns.
    queue.put(execution("b2"), "bob")
    queue.put(execution("b3"), "bob")
    assert names(queue).startswith("b2 a5 b3 a6") or names(queue).startswith("a5 b2 a6 b3")


def test_what_somebody_else_asks_for_too_has_the_better_of_both_turns() -> None:
    queue = FairQueue()
    waiting = [execution(f"a{number}") for number in range(7)]
    for one in waiting:
        queue.put(one, "ann")
    queue.hasten(waiting[5], "bob")
    assert names(queue) == "a0 a5 a1 a2 a3 a4 a6"
    queue.remove(waiting[0])
    assert waiting[0] not in queue and queue.ahead(waiting[0]) is None
    assert [found.plan.key for found in queue.ahead(waiting[1]) or ()] == ["a5"]


def test_the_wait_is_the_rest_of_what_runs_and_what_is_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    durations = Durations()
    running, ahead = execution("a"), execution("b")
    assert durations.wait([running], [ahead]) == pytest.approx(3 + 3), "before any was measured"
    for seconds in (10, 11, 99):
        running.begin()
        now[0] += seconds
        durations.note(running)
    running.begin()
    now[0] += 4
    assert durations.wait([running], [ahead, ahead]) == pytest.approx(7 + 11 + 11)
    running.at("running", 0.2, "")
    assert durations.wait([running], []) == pytest.approx(16), "4 s for a fifth of the work"
    now[0] += 50
    running.progress = 0.0
    assert durations.wait([running], []) == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a few seconds"),
        (33, "about 30 seconds"),
        (70, "about a minute"),
        (700, "about 12 minutes"),
        (9999, "more than an hour"),
    ],
)
def test_times_are_said_as_roughly_as_they_are_known(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_the_page_says_place_and_time() -> None:
    status = JobStatus("queued", place=7, wait_s=130.0)
    assert status_text(status) == "Place 7 in the queue, about 2 minutes to wait"
    assert status_text(replace(status, place=1, wait_s=0.0)) == "Next in the queue"


def test_one_visitor_cannot_fill_the_queue_and_a_newcomer_is_among_the_first(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(queue_size=23)
    bench.run("nothing", "sample")
    running = bench.submit("gated", "one")
    until(lambda: running.status().message == "Busy")
    decoded = bench.submit("gated", "two")
    until(lambda: decoded.status().message.startswith("Waiting for the model"))
    mine = [bench.submit("nothing", f"ann {number}") for number in range(20)]
    with pytest.raises(QueueFull, match=r"You have 20 jobs in the queue already. Come back in"):
        bench.submit("nothing", "ann 20")
    bob = bench.submit("nothing", "bob", owner="bob")
    status = bob.status()
    assert status.place is not None and status.place <= 2
    last = mine[-1].status()
    assert last.place == 21
    assert status.wait_s is not None and last.wait_s is not None
    assert 0 < status.wait_s < last.wait_s
    for owner in ("carl", "dora"):
        bench.submit("nothing", owner, owner=owner)
    with pytest.raises(
        QueueFull, match=r"All 23 places in the queue are taken. Come back in"
    ) as full:
        bench.submit("nothing", "eve", owner="eve")
    assert full.value.retry_s > 0
    # What is being computed, and what is stored, needs no place.
    assert bench.submit("gated", "one", owner="eve").status().state == "running"
    assert bench.submit("nothing", "sample", owner="eve").status().cached
    bench.open_gate()
    assert bob.wait(PATIENCE_S).state == "done"
    assert {job.wait(PATIENCE_S).state for job in mine} == {"done"}


def test_what_a_browser_stopped_asking_for_is_not_computed(bench: Bench) -> None:
    wanted, left = execution("a"), execution("b")
    wanted.tickets = [Ticket("", ""), Ticket("", "", polled=True, asked=-1e9)]
    left.tickets = [Ticket("", "", polled=True, asked=-1e9)]
    assert not wanted.is_abandoned() and left.is_abandoned()
    with bench.engine._changed:  # Meanwhile the engine does not look.
        job = bench.submit("nothing")
        ticket = bench.engine._tickets.get(job.id)
        ticket.polled, ticket.asked = True, -1e9
        assert ticket.is_abandoned()
        assert bench.engine.job(job.id) is not None
        assert not ticket.is_abandoned(), "asking keeps it"


class Desk:
    """Stands in for an engine, and notes who asks."""

    def __init__(self) -> None:
        self.visitors: list[str] = []

    def derive(self, request: DeriveRequest, *, visitor: str) -> Any:
        self.visitors.append(visitor)
        raise QueueFull("All 3 places in the queue are taken.", 71.2)

    def job(self, job_id: str) -> None:
        return None


def test_requests_of_the_player_are_told_apart_by_visitor_and_told_when_to_come_back(
    store: Store,
) -> None:
    desk = Desk()
    client = TestClient(Starlette(routes=create_routes(lambda: store, lambda: desk)))
    run = store.publish("a" * 64, *synthetic_run(), owner="ann", name="orbit.mp4")
    for cookie in ("m" * 22, "o" * 22, "../x"):
        client.cookies.set("fixviz_owner", cookie)
        url = f"/api/runs/{run}/derived?kind=features&model=linear&axis=spatial&layer=1"
        answer = client.get(url)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "72"
        assert answer.json() == {"error": "All 3 places in the queue are taken."}
    assert desk.visitors == ["m" * 22, "o" * 22, "at testclient"]
