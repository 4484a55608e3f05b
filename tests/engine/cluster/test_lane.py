"""How an engine gives its jobs to actors, with a script in the place of the cluster."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from fixviz.engine import AnalysisRequest, Engine, Job
from fixviz.engine.cluster import lane
from fixviz.engine.cluster.problems import ClusterRefused, ClusterUnreachable, NoActor, NodeLost
from fixviz.engine.health import Health
from fixviz.engine.jobs import DeviceReport
from fixviz.engine.plan import Plan
from fixviz.errors import FixvizError, JobCancelled, JobError, OptionError, WorkerCrashed
from fixviz.settings import Settings
from fixviz.store import Store
from tests.engine.conftest import PATIENCE_S, describe, until


class Script:
    """Stands where the connection to a cluster stands. Its actors do what the test says."""

    name = "worker"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.room = 2
        """How many actors the cluster has room for."""
        self.actors: set[int] = set()
        self.ends: dict[str, deque[FixvizError]] = {}
        """What becomes of jobs, by the name of their model, before they go well."""
        self.computed: list[tuple[int, str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.problem: FixvizError | None = None
        self.changed = threading.Condition()
        self.closed = False

    def call(
        self,
        what: str,
        slot: int,
        *,
        job: Any = None,
        functions: Any = None,
        on_event: Callable[[str, Any], None] = lambda kind, content: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        if self.problem is not None:
            raise self.problem
        if what == "start":
            self._wait(lambda: len(self.actors) < self.room, stopped)
            self.actors.add(slot)
        elif what == "end":
            self.actors.discard(slot)
        else:
            self._run(slot, job, on_event, stopped)

    def _run(self, slot: int, job: Any, on_event: Any, stopped: Callable[[], bool]) -> None:
        name = job.models[0].name
        self.computed.append((slot, name))
        on_event("step", "decoding")
        on_event("progress", (1.0, "Reading the video"))
        on_event("step", "running")
        on_event("device", DeviceReport("cpu", "CPU", "cpu", ("cpu",), process=7))
        on_event("progress", (0.5, "Busy"))
        self._wait(self.gate.is_set, stopped)
        if self.ends.get(name):
            error = self.ends[name].popleft()
            if not isinstance(error, OptionError):
                self.actors.discard(slot)
            raise error
        if isinstance(job, Plan):
            Store(self.settings).add(job.key, {"models": [{"name": name}]}, {}, {})

    def _wait(self, condition: Callable[[], bool], stopped: Callable[[], bool]) -> None:
        while not condition():
            if self.closed:
                raise ClusterUnreachable("It is closed.")
            if stopped():
                raise JobCancelled("The analysis was cancelled.")
            with self.changed:
                self.changed.wait(0.01)

    def error(self) -> FixvizError | None:
        return self.problem

    def may_try(self) -> bool:
        return True

    def mend(self) -> None:
        pass

    def state(self) -> str:
        return "ok" if self.problem is None else "unreachable"

    def memory_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True


class Bench:
    """An engine of which a script is the cluster."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.home = home
        chosen = Settings(home=home / "home", engine="ray", **settings)
        self.engine = Engine(chosen, Store(chosen), describe_model=describe)
        self.count = 0
        with self.engine._changed:
            self.lane = cast(Any, self.engine._executions.lane("auto"))
        self.script: Script = self.lane._connection

    def submit(self, name: str, owner: str = "ann") -> Job:
        self.count += 1
        path = self.home / f"{self.count}.mp4"
        path.write_text(str(self.count))
        return self.engine.submit(AnalysisRequest(str(path), models=(name,)), owner)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    monkeypatch.setattr(lane, "Connection", Script)
    monkeypatch.setattr(lane, "_LOOK_S", 0.02)
    made: list[Bench] = []

    def bench(**settings: Any) -> Bench:
        made.append(Bench(tmp_path, **settings))
        return made[-1]

    yield bench
    for one in made:
        one.engine.close()
        assert not one.lane.is_running()


def test_as_many_actors_start_as_jobs_wait_and_the_settings_allow(make) -> None:
    bench = make(cluster_workers=3)
    bench.script.room = 9
    bench.script.gate.clear()
    jobs = [bench.submit(f"m{n}") for n in range(5)]
    until(lambda: [job.status().state for job in jobs].count("running") == 3)
    assert len(bench.script.actors) == 3
    assert [job.status().place for job in jobs if job.status().state == "queued"] == [1, 2]
    assert bench.engine.counts() == {"queued": 2, "decoding": 0, "running": 3}
    assert bench.engine.devices()[0].process is None, "a process of a node is none of here"
    bench.script.gate.set()
    assert [job.wait(PATIENCE_S).state for job in jobs] == ["done"] * 5
    assert len(bench.script.actors) == 3, "they take the next job"


def test_jobs_keep_their_places_while_the_cluster_has_no_room(make) -> None:
    bench = make()
    bench.script.room = 1
    bench.script.gate.clear()
    first, second = bench.submit("a"), bench.submit("b")
    until(lambda: first.status().message == "Busy")
    assert (second.status().state, second.status().place) == ("queued", 1)
    second.cancel()
    bench.script.gate.set()
    assert first.wait(PATIENCE_S).state == "done"
    assert second.status().state == "cancelled"
    assert [name for _, name in bench.script.computed] == ["a"]


def test_the_job_of_a_lost_node_is_done_by_another_actor(make) -> None:
    bench = make(cluster_workers=2)
    bench.script.gate.clear()
    bench.script.ends["falls"] = deque([NodeLost("The node died.")])
    falls, other = bench.submit("falls"), bench.submit("other")
    until(lambda: len(bench.script.computed) == 2)
    bench.script.room = 1  # No other node takes the place of the lost one.
    bench.script.gate.set()
    assert falls.wait(PATIENCE_S).state == other.wait(PATIENCE_S).state == "done"
    assert sorted(name for _, name in bench.script.computed) == ["falls", "falls", "other"]
    slots = [slot for slot, name in bench.script.computed if name == "falls"]
    assert slots[0] != slots[1]


def test_a_job_with_which_two_nodes_are_lost_fails_and_the_next_one_works(make) -> None:
    bench = make()
    bench.script.ends["falls"] = deque([NodeLost("Dead.")] * 2)
    job = bench.submit("falls")
    with pytest.raises(WorkerCrashed, match=r"died.*was replaced"):
        job.result()
    assert bench.submit("next").wait(PATIENCE_S).state == "done"


def test_actors_that_ended_while_idle_cost_a_job_none_of_its_tries(make) -> None:
    bench = make()
    bench.script.ends["job"] = deque([NoActor("Gone.")] * 4)
    assert bench.submit("job").wait(PATIENCE_S).state == "done"


def test_jobs_wait_for_a_cluster_that_comes_back(make) -> None:
    bench = make()
    bench.script.problem = ClusterUnreachable("The Ray cluster does not answer.")
    job = bench.submit("job")
    until(lambda: "does not answer" in job.status().message)
    assert job.status().state == "queued"
    assert bench.engine.health() == Health("idle", "unreachable")
    bench.script.problem = None
    assert job.wait(PATIENCE_S).state == "done"
    assert bench.engine.health() == Health("idle", "ok")


def test_a_cluster_that_is_lost_in_the_middle_is_waited_for(make) -> None:
    bench = make()
    bench.script.ends["job"] = deque([ClusterUnreachable("Lost.")])
    assert bench.submit("job").wait(PATIENCE_S).state == "done"
    assert len(bench.script.computed) == 2


def test_jobs_end_with_the_sentence_of_a_cluster_that_stays_away(
    make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_PATIENCE_S", 0.1)
    bench = make()
    bench.script.problem = ClusterUnreachable("The Ray cluster does not answer.")
    job = bench.submit("job")
    with pytest.raises(JobError, match="does not answer"):
        job.result()
    assert bench.engine.counts() == {"queued": 0, "decoding": 0, "running": 0}


def test_jobs_end_where_the_cluster_never_has_room(make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_ROOM_S", 0.2)
    bench = make(cluster_cpus=64.0, cluster_gpus=1.0)
    bench.script.room = 0
    with pytest.raises(
        JobError, match=r"no room.*64 of a node.s cores and 1 of its GPUs.*CLUSTER_CPUS"
    ):
        bench.submit("job").result()


def test_a_cluster_with_other_versions_ends_all_that_waits(make) -> None:
    bench = make()
    bench.script.problem = ClusterRefused("A node has fixviz 0.0.1.")
    for job in [bench.submit("a"), bench.submit("b")]:
        with pytest.raises(JobError, match=r"fixviz 0\.0\.1"):
            job.result()


def test_an_error_of_the_job_keeps_the_actor(make) -> None:
    bench = make(cluster_workers=1)
    bench.script.ends["refused"] = deque([OptionError("The start is outside the video.")])
    with pytest.raises(OptionError, match="outside"):
        bench.submit("refused").result()
    assert bench.submit("next").wait(PATIENCE_S).state == "done"
    assert bench.script.actors == {0}


def test_actors_without_work_are_ended_but_the_one_that_was_warmed_up(
    make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_IDLE_S", 0.1)
    bench = make(cluster_workers=2)
    bench.engine.warm_up(("a",))
    until(lambda: bench.script.computed != [])
    bench.script.gate.clear()
    jobs = [bench.submit("b"), bench.submit("c")]
    until(lambda: len(bench.script.actors) == 2)
    bench.script.gate.set()
    for job in jobs:
        assert job.wait(PATIENCE_S).state == "done"
    until(lambda: len(bench.script.actors) == 1)
    (stays,) = bench.script.actors
    assert stays == bench.script.computed[0][0]


def test_a_job_that_is_cancelled_in_the_middle_frees_its_actor(make) -> None:
    bench = make(cluster_workers=1)
    bench.script.gate.clear()
    job = bench.submit("job")
    until(lambda: job.status().message == "Busy")
    job.cancel()
    until(lambda: sum(bench.engine.counts().values()) == 0)
    bench.script.gate.set()
    assert bench.submit("next").wait(PATIENCE_S).state == "done"


def test_another_actor_is_warmed_up_when_the_one_that_was_is_lost(make) -> None:
    bench = make()
    bench.engine.warm_up(("warm",))
    until(lambda: bench.script.computed != [])
    bench.script.ends["falls"] = deque([NodeLost("Dead.")])
    assert bench.submit("falls").wait(PATIENCE_S).state == "done"
    until(lambda: [name for _, name in bench.script.computed].count("warm") == 2)
