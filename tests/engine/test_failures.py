"""Jobs that go wrong: each ends alone, with a sentence, and the next one works."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from fixviz.errors import (
    DecodeTimeout,
    FixvizError,
    JobCancelled,
    JobError,
    OptionError,
    UnreadableVideo,
    WorkerCrashed,
)
from tests.engine.conftest import GRACE_S, PATIENCE_S, Bench, until


@pytest.mark.parametrize(
    ("behavior", "error", "words"),
    [
        ("die", WorkerCrashed, "died"),
        ("leave", WorkerCrashed, "died"),
        ("killed", WorkerCrashed, "died"),
        ("memory", WorkerCrashed, "ran out of memory"),
        ("cuda-memory", WorkerCrashed, "ran out of memory"),
    ],
)
def test_crash_of_the_worker_ends_that_job_only(
    survivor: Bench, behavior: str, error: type[FixvizError], words: str
) -> None:
    before = survivor.run("nothing")
    crashing = survivor.submit(behavior)
    following = survivor.submit("nothing")
    with pytest.raises(error, match=words):
        crashing.result()
    status = crashing.status()
    assert status.state == "failed" and status.run is None and words in str(status.error)
    after = survivor.store.manifest(following.result())
    assert after["worker"] != before["worker"]
    assert after["decoder"] == before["decoder"]
    assert not any((survivor.home / "scratch").iterdir())


@pytest.mark.parametrize(
    ("behavior", "error", "words"),
    [("bug", JobError, "KeyError: 'spatial'"), ("refuse", OptionError, "outside the video")],
)
def test_error_in_the_analysis_keeps_the_worker(
    survivor: Bench, behavior: str, error: type[FixvizError], words: str
) -> None:
    before = survivor.run("nothing")
    with pytest.raises(error, match=words):
        survivor.run(behavior)
    assert survivor.run("nothing")["worker"] == before["worker"]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("crash", UnreadableVideo, "'crash.mp4'.*damaged"),
        ("memory", WorkerCrashed, "Memory ran out"),
        ("text", UnreadableVideo, "not a video"),
    ],
)
def test_failure_of_the_decoder_ends_that_job_only(
    survivor: Bench, content: str, error: type[FixvizError], words: str
) -> None:
    before = survivor.run("nothing")
    with pytest.raises(error, match=words):
        survivor.run("nothing", content)
    assert survivor.run("nothing")["worker"] == before["worker"]


@pytest.mark.parametrize("content", ["crash for decord", "slow for decord"])
def test_pyav_reads_what_decord_crashed_or_hung_on(
    make_bench: Callable[..., Bench], content: str
) -> None:
    bench = make_bench(decode_timeout_s=1.4)
    assert bench.run("nothing", content)


def test_decoder_that_takes_all_memory_is_held_back(survivor: Bench) -> None:
    with pytest.raises(WorkerCrashed, match="Memory ran out"):
        survivor.run("nothing", "greedy")
    assert survivor.run("nothing")


def test_hanging_decoder_is_stopped(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(decode_timeout_s=1.5)
    started = time.monotonic()
    with pytest.raises(DecodeTimeout, match=r"longer than 1\.5 s"):
        bench.run("nothing", "slow")
    assert 1.5 <= time.monotonic() - started < PATIENCE_S
    assert bench.run("nothing")


def test_hanging_analysis_is_stopped(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(job_timeout_s=1.7)
    with pytest.raises(JobError, match=r"longer than 1\.7 s.*fewer frames"):
        bench.run("deaf")
    assert bench.run("nothing")


def test_cancelled_job_that_listens_keeps_the_worker(survivor: Bench) -> None:
    before = survivor.run("nothing")
    job = survivor.submit("obedient")
    until(lambda: job.status().message == "Busy")
    job.cancel()
    assert job.status().state == "cancelled"
    with pytest.raises(JobCancelled):
        job.result()
    assert survivor.run("nothing")["worker"] == before["worker"]


def test_cancelled_job_that_does_not_listen_is_killed_after_the_grace(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(cancel_grace_s=0.6)
    before = bench.run("nothing")
    job = bench.submit("deaf")
    until(lambda: job.status().message == "Busy")
    started = time.monotonic()
    job.cancel()
    after = bench.run("nothing")
    assert 0.6 < time.monotonic() - started < PATIENCE_S
    assert after["worker"] != before["worker"]
    assert after["decoder"] == before["decoder"]


def test_cancelled_decoding_is_stopped_at_once(make_bench: Callable[..., Bench]) -> None:
    """A decoder gets no time to end by itself."""
    bench = make_bench(cancel_grace_s=GRACE_S)
    job = bench.submit("nothing", "slow")
    until(lambda: job.status().message == "Reading the video")
    started = time.monotonic()
    job.cancel()
    bench.run("nothing")
    assert time.monotonic() - started < PATIENCE_S


def test_worker_that_dies_while_idle_is_replaced(survivor: Bench) -> None:
    before = survivor.run("nothing")
    for name in ("worker", "decoder"):
        psutil.Process(before[name]).kill()
    until(lambda: not any(psutil.pid_exists(before[name]) for name in ("worker", "decoder")))
    assert survivor.run("nothing")["worker"] != before["worker"]


def test_same_request_after_a_cancel_starts_anew(bench: Bench) -> None:
    first = bench.submit("gated", "same")
    until(lambda: first.status().message == "Busy")
    first.cancel()
    second = bench.submit("gated", "same")
    bench.open_gate()
    assert second.wait(PATIENCE_S).state == "done"
    assert first.status().state == "cancelled"


def test_interrupted_run_cancels_its_job(survivor: Bench) -> None:
    def interrupt(status: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survivor.engine.run(survivor.request("obedient"), interrupt)
    assert survivor.run("nothing")
