"""Jobs on a real Ray cluster: two nodes of one core each on this machine, one of which is killed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine, Job
from fixviz.engine.cluster import lane
from fixviz.engine.health import Health
from fixviz.errors import JobCancelled, JobError, UnreadableVideo
from fixviz.settings import Settings
from fixviz.store import Store
from tests.engine.cluster import work
from tests.engine.cluster.conftest import same
from tests.engine.conftest import FUNCTIONS, PATIENCE_S, until
from tests.engine.real_run import MODEL, RealRun
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[3]
WORK = replace(FUNCTIONS, decoder=f"{work.__name__}:decode", analyze=f"{work.__name__}:analyze")


class Place:
    """A cluster, and the folder in which its jobs and the test leave each other signs."""

    def __init__(self, folder: Path, cluster: Any, other: Any, port: int) -> None:
        self.folder, self.cluster, self.other, self.port = folder, cluster, other, port

    def begun(self, clip: str) -> int:
        """How many times a job with this clip has begun."""
        return len(list(self.folder.glob(f"{clip}.mp4-*")))

    def open_gate(self) -> None:
        (self.folder / "gate").touch()


def one_core() -> dict[str, Any]:
    """Arguments of a node. It need not wait until its helpers have found ports by themselves."""
    ports = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")
    found = {name: free_port() for name in (*ports, "runtime_env_agent_port")}
    return {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False, **found}


def patiently(start: Callable[[], Any]) -> Any:
    """Start something that Ray gives half a minute, which a busy machine may need twice."""
    for _ in range(2):
        with contextlib.suppress(Exception):
            return start()
    return start()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("gates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_agent_register_timeout_ms", "300000")
        patch.setenv("RAY_worker_register_timeout_seconds", "300")
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv(work.GATES, str(folder))
        from ray.cluster_utils import Cluster

        port = free_port()
        head = {**one_core(), "ray_client_server_port": port}
        cluster = patiently(lambda: Cluster(initialize_head=True, head_node_args=head))
        other = patiently(lambda: cluster.add_node(**one_core()))
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield Place(folder, cluster, other, port)
        cluster.shutdown()


@pytest.fixture(scope="module")
def make(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def engine(**settings: Any) -> Engine:
        chosen = {"engine": "ray", "cluster_cpus": 1.0, **settings}
        full = Settings(home=tmp_path_factory.mktemp("server") / "home", **chosen)
        engines.append(Engine(full, Store(full), functions=WORK))
        return engines[-1]

    yield engine
    for one in engines:
        one.close()


@pytest.fixture(scope="module")
def engine(make: Callable[..., Engine]) -> Engine:
    return make()


def submit(engine: Engine, folder: Path, behavior: str, content: str) -> Job:
    """A job for a clip of that content; the name of the model says what the worker does."""
    path, model = folder / f"{content}.mp4", folder / behavior
    path.write_text(content)
    model.mkdir(exist_ok=True)
    (model / "config.json").write_text(CONFIG)
    (model / "model.safetensors").write_bytes(b"none")
    return engine.submit(AnalysisRequest(str(path), models=(str(model),)), "ann")


CONFIG = (ROOT / "checkpoints/softmax/config.json").read_text()


def test_through_ray_client_a_job_over_its_time_limit_ends_with_the_known_sentence(
    make: Callable[..., Engine], place: Place, tmp_path: Path
) -> None:
    engine = make(engine=f"ray://127.0.0.1:{place.port}", job_timeout_s=2.3)
    with pytest.raises(JobError, match=r"longer than 2\.3 s.*fewer frames"):
        submit(engine, tmp_path, "deaf", "long").result()
    engine.close()


def test_a_run_is_the_same_as_on_this_machine_with_progress_and_what_derives_from_it(
    engine: Engine, local: RealRun
) -> None:
    store = engine._store
    seen: list[tuple[str, str]] = []
    request = local.engine.request_of(local.run, "local")
    run = engine.run(request, lambda status: seen.append((status.state, status.message)))
    same(local, store, run)
    assert ("running", "Done") in seen or any(m.startswith("Load") for _, m in seen)
    states = [state for state, _ in seen]
    assert states == sorted(states, key=["queued", "decoding", "running", "done"].index)
    derived = DeriveRequest(run, "features", MODEL, {"axis": "spatial", "layer": 0})
    assert engine.derive(derived).result() == run
    assert store.derived_array(run, derived.name, "query").shape == (5, 3, 5, 8, 4, 8)
    assert engine.health() == Health("idle", "ok")
    assert engine.memory_bytes()["worker"] > 10**6


def test_a_job_is_cancelled_in_the_middle_and_its_actor_takes_the_next(
    engine: Engine, place: Place, tmp_path: Path
) -> None:
    job = submit(engine, tmp_path, "gated", "cancelled")
    until(lambda: job.status().message == "Busy", 2 * PATIENCE_S)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.result()
    with pytest.raises(UnreadableVideo, match="not a video"):
        submit(engine, tmp_path, "nothing", "text").result()
    assert submit(engine, tmp_path, "nothing", "next").wait(PATIENCE_S).state == "done"


def test_a_job_whose_node_is_killed_is_done_on_the_other_and_nothing_finished_is_lost(
    engine: Engine, place: Place, tmp_path: Path
) -> None:
    finished = submit(engine, tmp_path, "nothing", "finished").result()
    jobs = {name: submit(engine, tmp_path, "gated", name) for name in ("one", "two")}
    until(lambda: all(job.status().message == "Busy" for job in jobs.values()), 2 * PATIENCE_S)
    place.cluster.remove_node(place.other, allow_graceful=False)
    until(lambda: any("again" in job.status().message for job in jobs.values()), 2 * PATIENCE_S)
    place.open_gate()
    runs = [job.result() for job in jobs.values()]
    assert sorted(place.begun(name) for name in jobs) == [1, 2], "one of them, once more"
    for run in (finished, *runs):
        engine._store.check(run)


def test_jobs_of_a_cluster_that_is_not_there_end_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_PATIENCE_S", 0.1)
    settings = Settings(home=tmp_path / "home", engine="ray://127.0.0.1:9")
    with Engine(settings, Store(settings), functions=WORK) as engine:
        job = submit(engine, tmp_path, "nothing", "clip")
        with pytest.raises(JobError, match=r"ray://127\.0\.0\.1:9 does not answer"):
            job.result()
        assert engine.health() == Health("idle", "unreachable")
