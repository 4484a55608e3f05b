"""Jobs that go well: progress, order, reuse, sharing, clean ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from fixviz.engine import JobStatus
from fixviz.engine.health import Health
from fixviz.errors import (
    JobCancelled,
    JobError,
    OptionError,
    QueueFull,
    RunNotFound,
    UnknownModel,
    UnreadableVideo,
    WorkerCrashed,
)
from tests.engine.conftest import GRACE_S, PATIENCE_S, Bench, until, workers


def test_job_goes_through_its_stages_and_ends_with_a_run(survivor: Bench) -> None:
    seen: list[JobStatus] = []
    handle = survivor.engine.run(survivor.request("succeed"), seen.append, owner="one run")
    assert [run.handle for run in survivor.store.list("one run")] == [handle]
    assert survivor.store.array(handle, "map").shape == (3, 5, 7)
    states = [status.state for status in seen]
    assert states == sorted(states, key=["queued", "decoding", "running", "done"].index)
    assert {"decoding", "running", "done"} <= set(states)
    parts = [status.progress for status in seen]
    assert parts == sorted(parts) and parts[-1] == 1.0
    assert any(status.message.startswith("Step") for status in seen)
    assert seen[-1].run == handle and not seen[-1].cached
    assert not any((survivor.home / "scratch").iterdir())


def test_worker_loads_neither_torch_nor_the_page_that_its_parent_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.py"
    page.write_text(f"open({str(tmp_path / 'page_ran')!r}, 'w')")
    main = ModuleType("__main__")  # As Streamlit does while it runs a page.
    main.__file__ = str(page)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert bench.run("nothing")["torch"] is False
    assert not (tmp_path / "page_ran").exists()


def test_processes_stay_for_the_next_job(survivor: Bench) -> None:
    first, second = (survivor.run("nothing") for _ in range(2))
    assert (first["worker"], first["decoder"]) == (second["worker"], second["decoder"])
    assert first["worker"] != first["decoder"]


def test_same_request_is_answered_from_the_store_without_a_process(
    make_bench: Callable[..., Bench],
) -> None:
    others = workers()
    bench = make_bench()
    handle = bench.engine.run(bench.request("succeed", "same"), owner="ann")
    bench.engine.close()
    again = make_bench()
    job = again.submit("succeed", "same", owner="bob")
    assert job.status().state == "done" and job.status().cached
    assert job.result() != handle
    assert again.submit("succeed", "same", owner="ann").result() == handle
    assert workers(besides=others) == []


def test_renamed_file_with_the_same_content_is_the_same_run(survivor: Bench) -> None:
    first = survivor.request("nothing", "renamed", name="first.mp4")
    survivor.engine.run(first, owner="ann")
    job = survivor.submit("nothing", "renamed", name="second.mp4", owner="bob")
    assert job.status().cached
    assert survivor.store.manifest(job.result())["clip"]["name"] == "second.mp4"


def test_other_sampling_is_another_run(survivor: Bench) -> None:
    survivor.run("nothing", "sampled")
    assert survivor.submit("nothing", "sampled").status().cached
    for change in ({"start_s": 0.5}, {"end_s": 3.0}, {"frames": 7}, {"rate_hz": 5.0}):
        job = survivor.submit("nothing", "sampled", **change)
        assert not job.status().cached
        assert job.wait(PATIENCE_S).state == "done"


def test_same_request_while_it_runs_is_computed_once_for_both(bench: Bench) -> None:
    ann = bench.submit("gated", "same", owner="ann")
    until(lambda: ann.status().state == "running")
    bob = bench.submit("gated", "same", owner="bob")
    bench.open_gate()
    assert ann.result() != bob.result()
    assert len(list((bench.home / "computed").iterdir())) == 1
    assert (
        bench.store.manifest(ann.result())["worker"] == bench.store.manifest(bob.result())["worker"]
    )


def test_two_workers_compute_two_clips_at_once_in_a_process_each(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(workers=2)
    jobs = [bench.submit("gated", content) for content in ("one", "two", "three")]
    until(lambda: [job.status().message for job in jobs[:2]] == ["Busy", "Busy"])
    until(lambda: jobs[2].status().message.startswith("Waiting for the model"))
    bench.open_gate()
    processes = [bench.store.manifest(job.result())["worker"] for job in jobs]
    assert processes[0] != processes[1]
    assert processes[2] in processes[:2]
    assert bench.engine.health() == Health("ok", "ok")


def test_a_worker_that_dies_leaves_the_other_at_work(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(workers=2)
    waits = bench.submit("gated", "one")
    until(lambda: waits.status().message == "Busy")
    with pytest.raises(WorkerCrashed):
        bench.submit("die", "two").result()
    assert bench.submit("nothing", "three").result()
    assert waits.status().message == "Busy"
    bench.open_gate()
    assert waits.result()


def test_class_of_students_asking_for_the_same_at_once(bench: Bench) -> None:
    bench.home.mkdir()
    bench.open_gate()
    request = bench.request("gated", "same")
    with ThreadPoolExecutor(29) as pool:
        runs = list(pool.map(lambda i: bench.engine.run(request, owner=f"{i}"), range(29)))
    assert len(set(runs)) == 29
    assert len(list((bench.home / "computed").iterdir())) == 1


def test_cancelling_a_shared_job_leaves_it_to_the_other(bench: Bench) -> None:
    ann, bob = (
        bench.submit("gated", "same", owner="ann"),
        bench.submit("gated", "same", owner="bob"),
    )
    until(lambda: bob.status().message == "Busy")
    ann.cancel()
    assert ann.status().state == "cancelled"
    bench.open_gate()
    assert bob.result()
    assert bench.store.list("ann") == []


def test_places_count_down_and_a_full_queue_refuses(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(queue_size=3)
    running = bench.submit("gated", "one")
    until(lambda: running.status().message == "Busy")
    decoded = bench.submit("gated", "two")
    until(lambda: decoded.status().message.startswith("Waiting for the model"))
    waiting = [bench.submit("gated", content) for content in ("three", "four", "five")]
    assert [job.status().place for job in waiting] == [1, 2, 3]
    assert {job.status().state for job in waiting} == {"queued"}
    with pytest.raises(QueueFull, match=r"All 3 places.*Come back in"):
        bench.submit("gated", "six")
    waiting[0].cancel()
    assert [job.status().place for job in waiting] == [None, 1, 2]
    bench.open_gate()
    for job in (running, decoded, *waiting[1:]):
        assert job.wait(PATIENCE_S).state == "done"


def test_jobs_run_in_the_order_of_submission(survivor: Bench) -> None:
    jobs = [survivor.submit("nothing") for _ in range(4)]
    created = [survivor.store.info(job.result()).created for job in jobs]
    assert created == sorted(created)


def test_bad_requests_are_refused_before_the_queue(bench: Bench) -> None:
    others = workers()
    with pytest.raises(UnknownModel):
        bench.submit("unknown")
    with pytest.raises(OptionError, match="after the start"):
        bench.submit("nothing", start_s=3.0, end_s=2.0)
    with pytest.raises(OptionError, match="128"):
        bench.submit("nothing", frames=129)
    with pytest.raises(OptionError, match="0 or more"):
        bench.submit("nothing", start_s=float("nan"))
    with pytest.raises(OptionError, match="auto, cpu"):
        bench.submit("nothing", device="cuda:x")
    with pytest.raises(OptionError, match="rate"):
        bench.submit("nothing", rate_hz=0.0)
    request = bench.request("nothing")
    Path(request.video).unlink()
    with pytest.raises(UnreadableVideo, match="no file"):
        bench.engine.submit(request, "ann")
    assert workers(besides=others) == []


def test_unknown_device_is_refused_once_the_devices_are_known(bench: Bench) -> None:
    assert bench.engine.devices() == ()
    bench.run("nothing")
    assert bench.engine.devices()[0].name == "cpu"
    before = len(workers())
    bench.run("nothing", "other", device="cpu")
    assert len(workers()) == before  # "auto" and "cpu" are one worker here.
    with pytest.raises(OptionError, match="auto, cpu"):
        bench.submit("nothing", "third", device="cuda")


def test_warm_up_starts_both_processes_before_the_first_job(bench: Bench) -> None:
    bench.engine.warm_up(("succeed",))
    until(lambda: len(bench.engine.devices()) == 1)
    warm = bench.engine.devices()[0].title
    assert warm == f"CPU {bench.run('nothing')['worker']}"


def test_job_is_found_again_by_its_id(survivor: Bench) -> None:
    job = survivor.submit("nothing")
    found = survivor.engine.job(job.id)
    assert found is not None and found.result() == job.result()
    assert survivor.engine.job("another") is None
    with pytest.raises(JobError):
        survivor.engine.status("another")


def test_what_has_expired_goes_when_the_engine_starts(bench: Bench) -> None:
    handle = bench.store.publish("a" * 64, {}, {}, {}, owner="ann")
    old = time.time() - 31 * 86_400
    os.utime(bench.home / "runs" / ("a" * 64) / "manifest.json", (old, old))
    (bench.home / "scratch" / "left").mkdir(parents=True)
    os.utime(bench.home / "scratch" / "left", (old, old))
    bench.run("nothing")
    until(lambda: not (bench.home / "scratch" / "left").exists())
    with pytest.raises(RunNotFound):
        bench.store.manifest(handle)


def test_close_cancels_all_and_leaves_no_process(make_bench: Callable[..., Bench]) -> None:
    """It waits for no job to end by itself."""
    others = workers()
    bench = make_bench(cancel_grace_s=GRACE_S)
    running = bench.submit("deaf")
    waiting = [bench.submit("succeed", content) for content in ("one", "two", "three")]
    until(lambda: running.status().message == "Busy")
    assert len(workers(besides=others)) == 2
    started = time.monotonic()
    bench.engine.close()
    assert time.monotonic() - started < PATIENCE_S
    assert workers(besides=others) == []
    assert {job.status().state for job in (running, *waiting)} == {"cancelled"}
    with pytest.raises(JobCancelled, match="stopped"):
        running.result()
    with pytest.raises(JobError, match="shutting down"):
        bench.submit("succeed", "late")
    assert not any((bench.home / "scratch").iterdir())


_SERVER = """
import sys, time
from pathlib import Path
from types import ModuleType
from tests.engine.conftest import FUNCTIONS, Bench, describe, until, workers
from fixviz.engine import Engine
from fixviz.settings import Settings
from fixviz.store import Store
settings = Settings(home=Path(sys.argv[1]) / "home")
store = Store(settings)
engine = Engine(settings, store, functions=FUNCTIONS, describe_model=describe)
job = Bench(settings.home, settings, store, engine).submit("deaf")
until(lambda: job.status().message == "Busy")
print(*[worker.pid for worker in workers()], flush=True)
if sys.argv[2] == "wait":
    time.sleep(10_000)
"""


@pytest.mark.parametrize("end", ["wait", "leave"])
def test_processes_end_with_a_server_that_is_killed_or_leaves(tmp_path: Path, end: str) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(tmp_path), end], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    pids = [int(pid) for pid in server.stdout.readline().split()]
    assert len(pids) == 2
    if end == "wait":
        server.kill()
    server.wait(PATIENCE_S)
    server.stdout.close()
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


@pytest.mark.parametrize("module", ["fixviz.engine", "fixviz.store"])
def test_importing_it_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(m == 'torch' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
