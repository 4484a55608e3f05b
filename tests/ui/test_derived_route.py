"""The route for what is computed from a run when somebody looks at it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz.engine import DeriveRequest, JobStatus
from fixviz.errors import CheckpointError, FixvizError, QueueFull, RunNotFound, WorkerCrashed
from fixviz.store import Store
from fixviz.ui.routes import create_routes
from tests.ui.synthetic import synthetic_run

KEY = "a" * 64
FEATURES = {"kind": "features", "model": "linear", "axis": "spatial", "layer": "2"}


class Job:
    """A job at the desk below."""

    def __init__(self, desk: Desk, job_id: str) -> None:
        self.id, self.desk = job_id, desk

    def status(self) -> JobStatus:
        return self.desk.now


class Desk:
    """Stands in for the engine: takes requests and says what the test lets it say."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[DeriveRequest] = []
        self.now = JobStatus("queued", place=3, wait_s=30.0, message="Waiting for its turn")
        self.refuses: FixvizError | None = None
        self.failed: FixvizError | None = None

    def derive(self, request: DeriveRequest, *, visitor: str) -> Job:
        self.store.manifest(request.run)
        if self.refuses:
            raise self.refuses
        self.asked.append(request)
        return Job(self, f"job-{len(self.asked)}")

    def job(self, job_id: str) -> Job | None:
        known = {f"job-{n + 1}" for n in range(len(self.asked))}
        return Job(self, job_id) if job_id in known else None

    def error(self, job_id: str) -> FixvizError | None:
        return self.failed


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def ask(store: Store, desk: Desk) -> Any:
    client = TestClient(Starlette(routes=create_routes(lambda: store, lambda: desk)))
    handle = store.publish(KEY, *synthetic_run(), owner="test", name="orbit.mp4")

    def ask(parameters: dict[str, str], run: str = handle, **more: str) -> Any:
        return client.get(f"/api/runs/{run}/derived", params={**parameters, **more})

    ask.client, ask.handle = client, handle  # type: ignore[attr-defined]
    return ask


def test_a_question_starts_one_job_and_hears_how_it_fares(ask: Any, desk: Desk) -> None:
    first = ask(FEATURES)
    assert first.status_code == 202
    assert first.json() == {
        "job": "job-1",
        "state": "queued",
        "place": 3,
        "wait_s": 30.0,
        "progress": 0.0,
        "message": "Waiting for its turn",
    }
    assert first.headers["cache-control"] == "no-store"
    desk.now = JobStatus("running", progress=0.5, message="Computing")
    second = ask(FEATURES, job="job-1")
    assert (second.status_code, second.json()["progress"]) == (202, 0.5)
    assert desk.asked == [
        DeriveRequest(ask.handle, "features", "linear", {"axis": "spatial", "layer": 2})
    ]


def test_a_stored_result_is_given_with_its_arrays(ask: Any, desk: Desk, store: Store) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    name = DeriveRequest(ask.handle, "rollout", "linear", {"row": 2, "column": 7, "frame": 11}).name
    store.add_derived(KEY, name, {"outside": 0.25}, {"map": values})
    parameters = {"kind": "rollout", "model": "linear", "column": "7", "frame": "11", "row": "2"}
    answer = ask(parameters)
    assert answer.status_code == 200
    assert answer.json()["outside"] == 0.25
    sha = answer.json()["arrays"]["map"]["sha"]
    artifact = ask.client.get(f"/api/runs/{ask.handle}/artifacts/{sha}")
    assert np.array_equal(np.frombuffer(artifact.content, "<f4").reshape(2, 3), values)
    assert desk.asked == []


def test_a_forgotten_job_is_started_again(ask: Any, desk: Desk) -> None:
    assert ask(FEATURES, job="long-gone").json()["job"] == "job-1"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CheckpointError("The checkpoint is not at hand any more."), 409),
        (QueueFull("100 jobs are waiting already."), 503),
    ],
)
def test_a_refusal_is_a_sentence(ask: Any, desk: Desk, error: FixvizError, status: int) -> None:
    desk.refuses = error
    answer = ask(FEATURES)
    assert (answer.status_code, answer.json()) == (status, {"error": str(error)})


def test_a_failed_job_is_a_sentence_and_is_not_started_again(ask: Any, desk: Desk) -> None:
    ask(FEATURES)
    desk.now = JobStatus("failed", error="The process died.")
    desk.failed = WorkerCrashed("The process died.")
    answer = ask(FEATURES, job="job-1")
    assert (answer.status_code, answer.json()) == (503, {"error": "The process died."})
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "tea"}, "features or rollout"),
        ({"model": ""}, "names no model"),
        ({"axis": "diagonal"}, "spatial, temporal or joint"),
        ({"layer": "-1"}, "layer must be a whole number"),
        ({"layer": "1e3"}, "layer must be a whole number"),
        ({"layer": "9" * 400}, "layer must be a whole number"),
        ({"kind": "rollout", "frame": "0", "row": "3"}, "column must be a whole number"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    ask: Any, desk: Desk, parameters: dict[str, str], message: str
) -> None:
    answer = ask({**FEATURES, **parameters})
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert desk.asked == []


def test_a_run_that_is_gone_is_not_found(ask: Any, store: Store) -> None:
    store.delete(ask.handle)
    answer = ask(FEATURES)
    assert answer.status_code == 404
    with pytest.raises(RunNotFound) as missing:
        store.manifest(ask.handle)
    assert answer.json() == {"error": str(missing.value)}
