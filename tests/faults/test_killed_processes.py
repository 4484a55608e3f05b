"""Processes that somebody kills or suspends: the job is done all the same, and the next one too."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from fixviz.engine import lane
from fixviz.tasks.pulse import Pulse, memory_kills
from tests.engine.conftest import PATIENCE_S, Bench, until

SIGNALS = [signal.SIGKILL, signal.SIGSTOP]


@pytest.fixture(autouse=True)
def nothing_waits_for_limits(survivor: Bench) -> None:
    """The limits are far beyond the patience of a test."""
    assert survivor.settings.job_timeout_s > 5 * PATIENCE_S
    assert survivor.settings.decode_timeout_s >= PATIENCE_S


@pytest.mark.parametrize("how", SIGNALS)
def test_a_worker_that_is_killed_or_suspended_in_its_job_is_replaced_and_the_job_done(
    survivor: Bench, how: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    before = survivor.run("nothing")
    (survivor.home / "gate").unlink(missing_ok=True)
    job = survivor.submit("gated")
    until(lambda: job.status().message == "Busy")
    psutil.Process(before["worker"]).send_signal(how)
    killed = time.monotonic()
    until(lambda: job.status().message.startswith("Starting again"))
    survivor.open_gate()
    following = survivor.submit("nothing")
    after = survivor.store.manifest(job.result())
    assert following.wait(PATIENCE_S).state == "done"
    assert time.monotonic() - killed < PATIENCE_S / 2, "no time limit was waited for"
    assert after["worker"] != before["worker"]
    assert after["decoder"] == before["decoder"]
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.name == "fixviz.tasks.process"
    assert record.__dict__["task"].endswith(":analyze")


@pytest.mark.parametrize("how", SIGNALS)
def test_what_a_decoder_that_is_killed_or_suspended_was_reading_is_read_by_another(
    survivor: Bench, how: signal.Signals
) -> None:
    before = survivor.run("nothing")
    job = survivor.submit("nothing", f"slow {how.name} for decord")
    until(lambda: job.status().message == "Reading the video")
    psutil.Process(before["decoder"]).send_signal(how)
    after = survivor.store.manifest(job.result())
    assert after["decoder"] != before["decoder"]
    assert after["worker"] == before["worker"]


def test_processes_that_were_suspended_while_idle_do_not_hold_up_the_next_job(
    survivor: Bench,
) -> None:
    before = survivor.run("nothing")
    for name in ("worker", "decoder"):
        psutil.Process(before[name]).suspend()
    job = survivor.submit("nothing")
    assert job.wait(PATIENCE_S / 2).state == "done"
    assert survivor.store.manifest(job.result())["worker"] != before["worker"]


def test_a_decoder_that_waits_for_itself_is_replaced_long_before_its_time_limit(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_DECODER_IDLE_S", 1.1)
    bench = make_bench(decode_timeout_s=5 * PATIENCE_S)
    job = bench.submit("nothing", "slow for decord")
    assert job.wait(PATIENCE_S / 2).state == "done"


def test_a_worker_that_died_is_warmed_up_again_before_anybody_asks(survivor: Bench) -> None:
    survivor.engine.warm_up(["nothing"])
    before = survivor.run("nothing")["worker"]
    with pytest.raises(Exception, match="died"):
        survivor.run("die")
    until(lambda: survivor.engine.devices()[0].title not in ("CPU", f"CPU {before}"))
    # The test's warm-up tells its process.
    warm = survivor.engine.devices()[0].title
    assert warm == f"CPU {survivor.run('nothing')['worker']}"


def test_a_process_that_computes_does_not_hang_and_one_that_sleeps_does() -> None:
    for code, hangs in (("while True: pass", False), ("import time; time.sleep(999)", True)):
        with subprocess.Popen([sys.executable, "-c", code]) as child:
            worker, pulse = psutil.Process(child.pid), Pulse(idle_s=1.0)
            end = time.monotonic() + (PATIENCE_S if hangs else 3.0)
            found = False
            while time.monotonic() < end and not found:
                found = pulse.hangs(worker, time.monotonic())
                time.sleep(0.1)
            child.kill()
        assert found == hangs
        assert not pulse.hangs(worker, time.monotonic() + 99), (
            "a process that is gone does not hang"
        )


def test_a_process_that_the_kernel_kills_for_memory_is_not_tried_again(
    survivor: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert memory_kills() >= 0
    counts = iter(range(1000))
    monkeypatch.setattr("fixviz.tasks.process.memory_kills", lambda: next(counts))
    with pytest.raises(Exception, match="ran out of memory"):
        survivor.run("killed")
