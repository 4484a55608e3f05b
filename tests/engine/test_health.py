"""What the engine tells those who run it: how its processes are, what it does, and what went wrong."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from fixviz import metrics
from fixviz.engine.health import Health
from fixviz.errors import FixvizError, MediaError
from tests.engine.conftest import Bench, until

WELL = Health(decoder="ok", worker="ok")


def count(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def warm(survivor: Bench) -> Bench:
    survivor.engine.warm_up(("nothing",))
    survivor.run("nothing")  # Afterwards no warm-up is under way.
    until(lambda: survivor.engine.health() == WELL)
    return survivor


def test_an_engine_without_processes_is_idle(bench: Bench) -> None:
    assert bench.engine.health() == Health("idle", "idle")


@pytest.mark.parametrize("name", ["decoder", "worker"])
def test_a_process_that_dies_while_idle_is_told_and_replaced(
    warm: Bench, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    lane = warm.engine._executions.lanes()[0]
    process: Any = {p.name: p for p in lane.processes()}[name]
    before = process._link.born
    died = count("fixviz_process_ends_total", process=name, reason="died")
    before.send_signal(signal.SIGSTOP)
    until(lambda: getattr(warm.engine.health(), name) == "stopped")
    before.kill()
    until(lambda: getattr(warm.engine.health(), name) == "dead")
    until(lambda: warm.engine.health() == WELL)
    assert process._link.born.pid != before.pid
    assert count("fixviz_process_ends_total", process=name, reason="died") == died + 1
    (record,) = [r for r in caplog.records if r.name == "fixviz.tasks.process"]
    assert (record.levelname, vars(record)["reason"]) == ("ERROR", "died")
    assert f"The {name} process" in record.message
    assert warm.run("nothing")


def test_health_answers_when_the_engine_does_not(warm: Bench) -> None:
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with warm.engine._changed:
            held.set()
            enough.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    assert warm.engine.health() == Health("locked", "locked")
    enough.set()
    thread.join()
    assert warm.engine.health() == WELL


def test_a_thread_that_ended_is_told(warm: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = warm.engine._executions.lanes()[0]
    monkeypatch.setattr(lane, "is_running", lambda: False)
    assert warm.engine.health() == Health("ended", "ended")


def test_a_closed_engine_says_so(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    bench.engine.close()
    assert bench.engine.health() == Health("closed", "closed")


def test_what_waits_and_runs_is_counted(bench: Bench) -> None:
    job = bench.submit("gated")
    bench.submit("gated", "same clip")
    bench.submit("gated", "same clip", owner="bob")
    bench.submit("gated", "other clip")
    until(lambda: bench.engine.counts()["running"] == 1 and bench.engine.counts()["decoding"] == 1)
    assert bench.engine.counts() == {"queued": 1, "decoding": 1, "running": 1}
    until(lambda: bench.engine.memory_bytes()["worker"] > 10**6)
    bench.open_gate()
    job.result()
    until(lambda: sum(bench.engine.counts().values()) == 0)


@pytest.mark.parametrize(
    ("behavior", "outcome", "error", "level", "process"),
    [
        ("nothing", "done", "", "INFO", ()),
        (
            "killed",
            "failed",
            "WorkerCrashed",
            "WARNING",
            ("worker", "died"),
        ),  # And again when tried anew.
        ("memory", "failed", "WorkerCrashed", "WARNING", ("worker", "memory")),
        ("bug", "failed", "JobError", "WARNING", ()),
        ("refuse", "failed", "OptionError", "INFO", ()),
        ("full", "failed", "StorageError", "WARNING", ()),
    ],
)
def test_how_a_job_ends_is_counted_and_logged_without_names(
    survivor: Bench,
    caplog: pytest.LogCaptureFixture,
    behavior: str,
    outcome: str,
    error: str,
    level: str,
    process: tuple[str, ...],
) -> None:
    caplog.set_level(logging.INFO, "fixviz")
    labels = {"kind": "analysis", "outcome": outcome, "error": error}
    ended = count("fixviz_jobs_total", **labels)
    lost = (
        count("fixviz_process_ends_total", process=process[0], reason=process[1]) if process else 0
    )
    steps = count("fixviz_job_step_seconds_count", kind="analysis", step="models")
    job = survivor.submit(behavior, "Holiday in Rome", owner="Grace-Hopper-and-others")
    try:
        job.result()
    except FixvizError as failure:
        assert not isinstance(failure, MediaError)
    assert count("fixviz_jobs_total", **labels) == ended + 1
    assert count("fixviz_job_step_seconds_count", kind="analysis", step="models") == steps + 1
    if process:
        found = count("fixviz_process_ends_total", process=process[0], reason=process[1])
        assert found == lost + (2 if behavior == "killed" else 1)
    (record,) = [r for r in caplog.records if r.name == "fixviz.engine.job_ends"]
    assert record.levelname == level
    assert vars(record)["kind"] == "analysis" and vars(record)["seconds"] >= 0
    assert getattr(record, "error", "") == error
    everything = "\n".join(str(vars(r)) for r in caplog.records)
    assert "Holiday" not in everything and "Hopper" not in everything and job.id not in everything


def test_what_a_process_logs_reaches_the_log_of_the_server(
    survivor: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    survivor.run("log")
    until(lambda: any(r.name == "fixviz.engine" for r in caplog.records))
    (record,) = [r for r in caplog.records if r.name == "fixviz.engine"]
    assert (record.levelname, record.getMessage(), vars(record)["count"]) == (
        "WARNING",
        "seen 3",
        3,
    )
