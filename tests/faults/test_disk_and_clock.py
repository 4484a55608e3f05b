"""A disk that is full or read-only, a clock that jumps, and two servers on one store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fixviz.engine import Engine
from fixviz.engine.steady_clock import SteadyClock
from fixviz.errors import RunNotFound, StorageError
from fixviz.settings import Settings
from fixviz.store import Store
from tests.engine.conftest import FUNCTIONS, PATIENCE_S, Bench, describe, until
from tests.store.conftest import FILES, KEY, arrays, manifest

DAY = 86_400


def test_a_disk_that_fills_up_in_the_worker_ends_the_job_with_a_sentence_and_leaves_nothing(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    kept = bench.engine.run(bench.request("nothing"))
    files = {path for path in bench.home.rglob("*") if path.is_file()}
    with pytest.raises(StorageError, match=r"The disk is full.*Free some space"):
        bench.run("no-space")
    new = {path for path in bench.home.rglob("*") if path.is_file()} - files
    assert new <= set((bench.home / "jobs").iterdir())
    assert bench.store.array(kept, "map").shape == (3, 5, 7)
    assert not list((bench.home / "staging").iterdir())


def test_runs_of_a_store_that_cannot_be_written_open_and_answer_requests_all_the_same(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    run = bench.submit("nothing", "same").result()

    def read_only(*args: object, **kwargs: object) -> int:
        raise OSError(30, "Read-only file system")

    for name in ("open", "utime", "rename", "replace", "mkdir"):
        if name != "open":
            monkeypatch.setattr(os, name, read_only)
    real = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *rest, **more: (
            real(self, mode, *rest, **more) if mode[0] == "r" else read_only()
        ),
    )
    bench.store.check(run)
    assert bench.store.array(run, "map").shape == (3, 5, 7)
    assert [found.handle for found in bench.store.list("ann")] == [run]
    key = bench.store.key_of(run)
    assert bench.store.claim(key, "ann") == run, "who holds it already needs no new file"
    with pytest.raises(StorageError, match="could not be stored"):
        bench.store.claim(key, "bob")


@pytest.mark.parametrize("days", [400, -400])
def test_a_clock_that_jumps_while_the_server_runs_deletes_nothing(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    clock = SteadyClock(home)
    assert not clock.is_doubtful()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + days * DAY)
    assert abs(clock.now() - real() - min(days, 0) * DAY) < PATIENCE_S
    store.expire(clock.now())
    assert store.array(handle, "linear/spatial/map").shape == (3, 5, 7)


def test_a_clock_far_ahead_of_the_last_start_is_given_time_to_be_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not SteadyClock(home).is_doubtful(), "a home that is not there yet"
    home.mkdir()
    assert not SteadyClock(home).is_doubtful()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 40 * DAY)
    late = SteadyClock(home)
    assert late.is_doubtful()
    assert not late.is_doubtful(), "it stays so: fixviz did not run meanwhile"
    assert late.now() > real() + 39 * DAY
    (home / "clock").write_text("nonsense")
    assert not late.is_doubtful()


def test_housekeeping_leaves_everything_while_the_clock_is_in_doubt(
    make_bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_bench()
    run = bench.store.publish("a" * 64, {}, {}, {}, owner="ann")
    old = time.time() - 31 * DAY
    os.utime(bench.home / "runs" / ("a" * 64) / "manifest.json", (old, old))
    (bench.home / "clock").write_text(f"{old:.0f}")
    bench.run("nothing")
    until(lambda: "more than a day ahead" in caplog.text)
    assert bench.store.manifest(run) is not None


def test_two_servers_of_one_store_lose_no_run_and_delete_each_once(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    other = Store(bench.settings)
    with Engine(bench.settings, other, functions=FUNCTIONS, describe_model=describe) as second:
        jobs = [
            engine.submit(bench.request("nothing", f"clip {number}"), "ann")
            for number in range(3)
            for engine in (bench.engine, second)
        ]
        runs = {job.result() for job in jobs}
        assert len(runs) == 3, "whoever comes second finds the run of the first"
        for one in (bench.store, other):
            assert {run.handle for run in one.list("ann")} == runs
            for run in runs:
                one.check(run)
                assert one.array(run, "map").tolist() == np.ones((3, 5, 7)).tolist()
        gone = sorted(runs)[0]

        def delete(number: int) -> bool:
            try:
                (bench.engine, second)[number % 2].delete_run(gone, "ann")
            except RunNotFound:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(delete, range(4))) == 1
        for one in (bench.store, other):
            with pytest.raises(RunNotFound):
                one.manifest(gone)
            assert {run.handle for run in one.list("ann")} == runs - {gone}
        # All runs of this test are equal, so they share their artifact.
        for run in runs - {gone}:
            Store(Settings(home=bench.home)).check(run)
