"""One engine for several processes: two clients of one engine, each over its own end of a socket."""

from __future__ import annotations

import io
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixviz.engine import Engine, Job
from fixviz.engine.health import Health
from fixviz.engine.hosting import METHODS, EngineHost
from fixviz.engine.jobs import DeriveRequest
from fixviz.engine.remote import engine_of
from fixviz.errors import JobError, QueueFull, QuotaReached, RunNotFound, UnknownModel
from tests.engine.conftest import Bench, until


@dataclass
class Shared:
    """An engine with what it needs, and two servers' views of it."""

    bench: Bench
    socket: Path
    host: EngineHost
    one: Engine
    two: Engine


@pytest.fixture
def make_shared(make_bench: Callable[..., Bench]) -> Iterator[Callable[..., Shared]]:
    made: list[Shared] = []
    with tempfile.TemporaryDirectory() as folder:

        def make(**settings: object) -> Shared:
            bench = make_bench(**settings)
            socket = Path(folder) / "engine"
            host = EngineHost(bench.engine, socket)
            views = [engine_of(bench.settings, socket) for _ in range(2)]
            made.append(Shared(bench, socket, host, *views))
            return made[-1]

        yield make
        for shared in made:
            shared.one.close()
            shared.two.close()
            shared.host.close()


def test_equal_requests_of_two_servers_share_one_run(make_shared: Callable[..., Shared]) -> None:
    shared = make_shared()
    request = shared.bench.request("gated")
    jobs = [shared.one.submit(request, "ann"), shared.two.submit(request, "bob")]
    assert sum(shared.one.counts().values()) == 1
    shared.bench.open_gate()
    runs = [job.result() for job in jobs]
    assert [shared.bench.store.key_of(run) for run in runs] == [
        shared.bench.engine.run_key(request)
    ] * 2
    assert [job.status().run for job in jobs] == runs


def test_a_place_counts_the_jobs_of_all_servers_and_each_server_finds_each_job(
    make_shared: Callable[..., Shared],
) -> None:
    shared = make_shared()
    jobs = []
    for number in range(5):
        engine = (shared.one, shared.two)[number % 2]
        jobs.append(engine.submit(shared.bench.request("gated"), f"visitor {number}"))
        if number < 2:  # One computes, and the next is decoded meanwhile.
            until_begun(jobs[number])
    for asked in (shared.one, shared.two):
        found = [asked.job(job.id) for job in jobs[2:]]
        places = [job.status().place for job in found if job is not None]
        assert places == [1, 2, 3]
        assert all((job.status().wait_s or 0) > 0 for job in found if job is not None)
    assert shared.two.unfinished("visitor 0") == [
        (jobs[0].id, shared.one.job_of(jobs[0].id, "visitor 0")[0])
    ]
    shared.two.cancel(jobs[2].id)
    assert shared.one.status(jobs[2].id).state == "cancelled"
    assert shared.one.status(jobs[3].id).place == 1


def test_errors_come_as_they_are(make_shared: Callable[..., Shared]) -> None:
    shared = make_shared(queue_size=1)
    with pytest.raises(UnknownModel, match="no model 'unknown'"):
        shared.one.submit(shared.bench.request("unknown"), "ann")
    with pytest.raises(RunNotFound):
        shared.one.derive(DeriveRequest("x" * 22, "rollout", "nothing", {"frame": 0}))
    for _ in range(2):
        job = shared.one.submit(shared.bench.request("gated"), "ann")
        until_begun(job)
    shared.one.submit(shared.bench.request("gated"), "ann")
    with pytest.raises(QueueFull) as full:
        shared.two.submit(shared.bench.request("gated"), "bob")
    assert full.value.retry_s > 0
    assert full.value.retry_s != QueueFull("").retry_s
    status: Any = shared.one.status
    with pytest.raises(TypeError):
        status()
    assert shared.one.job("no such job") is None
    with pytest.raises(AttributeError):
        _ = shared.one.run


def test_uploads_of_two_servers_count_together(make_shared: Callable[..., Shared]) -> None:
    shared = make_shared(max_stored_mb=1)
    kept = shared.one.add_upload("a.mp4", b"a" * 600_000, "ann")
    assert Path(kept.path).stat().st_size == 600_000
    with pytest.raises(QuotaReached):
        shared.two.add_upload("b.mp4", io.BytesIO(b"b" * 600_000), "ann")
    shared.two.add_upload("b.mp4", io.BytesIO(b"b" * 600_000), "bob")
    assert shared.two.add_masks("m.zip", [("1.png", b"1")], "bob").bytes > 0


def test_calls_wait_for_an_engine_that_is_started_again(
    make_shared: Callable[..., Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = make_shared()
    assert shared.one.health() == Health("idle", "idle")
    shared.host.close()
    _break_connections(shared)
    assert shared.one.health() == Health("dead", "dead")

    made: list[EngineHost] = []

    def start_later() -> None:
        time.sleep(0.5)
        made.append(EngineHost(shared.bench.engine, shared.socket))

    starting = threading.Thread(target=start_later)
    starting.start()
    run = shared.one.submit(shared.bench.request("nothing"), "ann").result()
    assert shared.bench.store.manifest(run)
    starting.join()
    made[0].close()
    _break_connections(shared)
    monkeypatch.setattr("fixviz.engine.remote._PATIENCE_S", 0.2)
    with pytest.raises(JobError, match="started again"):
        shared.one.unfinished("ann")


def test_many_threads_ask_at_once(make_shared: Callable[..., Shared]) -> None:
    shared = make_shared()
    jobs = {shared.one.submit(shared.bench.request("gated"), f"v{n}").id: f"v{n}" for n in range(8)}
    wrong: list[object] = []

    def ask(job: str, owner: str) -> None:
        for _ in range(50):
            found = [job_id for job_id, _ in shared.two.unfinished(owner)]
            if found != [job] or shared.two.status(job).finished:
                wrong.append((found, job))

    threads = [threading.Thread(target=ask, args=pair) for pair in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_every_method_of_an_engine_is_there_or_left_out_on_purpose() -> None:
    public = {name for name, found in vars(Engine).items() if callable(found) and name[0] != "_"}
    assert public - METHODS == {"run", "close", "add_upload", "add_masks"}
    assert {"submit", "status", "unfinished", "estimate", "note_upload"} <= METHODS


def until_begun(job: Job) -> None:
    until(lambda: job.status().state != "queued")


def _break_connections(shared: Shared) -> None:
    """End the connections, as the end of the engine's process does."""
    views: list[Any] = [shared.one, shared.two]
    for view in views:
        for connection in list(view._idle):
            connection.close()
