"""/api/health and /api/metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz import metrics
from fixviz.engine import Engine
from fixviz.engine.health import Health
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.operations import health
from fixviz.ui.operations.routes import create_operations_routes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", metrics=True)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    with Engine(settings, Store(settings)) as engine:
        yield engine


def asking(settings: Settings, engine: object) -> TestClient:
    found = SimpleNamespace(settings=settings, engine=engine)
    return TestClient(Starlette(routes=create_operations_routes(settings, lambda: found)))


def test_a_server_that_has_done_nothing_yet_is_well(settings: Settings, engine: Engine) -> None:
    answer = asking(settings, engine).get("/api/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "decoder": "idle", "worker": "idle", "store": "ok"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("word", ["dead", "stopped", "ended", "locked", "closed"])
def test_a_process_that_fails_is_503_with_its_word(settings: Settings, word: str) -> None:
    engine = SimpleNamespace(health=lambda: Health("ok", word))
    answer = asking(settings, engine).get("/api/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "decoder": "ok", "worker": word, "store": "ok"}


def test_a_store_that_fails_is_503_and_asked_again_after_a_while(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = asking(replace(settings, max_upload_mb=10**12), engine)
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing",
        "decoder": "idle",
        "worker": "idle",
        "store": "full",
    }
    monkeypatch.setattr(health, "try_home", lambda home, least: "ok")
    assert client.get("/api/health").json()["store"] == "full"
    monkeypatch.setattr(time, "monotonic", lambda: 10.0**9)
    assert client.get("/api/health").json()["store"] == "ok"


def test_a_disk_that_hangs_is_slow_and_tried_by_one_thread_only(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, answers = [], threading.Event()

    def hang(home: Path, least: int) -> str:
        begun.append(home)
        answers.wait(60)
        return "ok"

    monkeypatch.setattr(health, "try_home", hang)
    client = asking(settings, engine)
    for _ in range(2):
        answer = client.get("/api/health")
        assert (answer.status_code, answer.json()["store"]) == (503, "slow")
    answers.set()
    end = time.monotonic() + 60
    while (answer := client.get("/api/health")).status_code != 200:
        assert time.monotonic() < end
    assert len(begun) == 1


def test_the_numbers_are_read_by_prometheus(settings: Settings, engine: Engine) -> None:
    metrics.job_ended("analysis", "failed", KeyError("'my holiday.mp4'"))
    metrics.waited("analysis", 2.5)
    with metrics.page("watch"), metrics.step("analysis", "models"):
        pass
    answer = asking(settings, engine).get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = {f.name: f for f in text_string_to_metric_families(answer.text)}
    samples = {
        (s.name, *sorted(s.labels.items())): s.value for f in families.values() for s in f.samples
    }
    assert families["fixviz_jobs"].type == "counter"
    failed = (
        "fixviz_jobs_total",
        ("error", "KeyError"),
        ("kind", "analysis"),
        ("outcome", "failed"),
    )
    assert samples[failed] >= 1
    assert families["fixviz_job_step_seconds"].type == "histogram"
    waited = ("fixviz_job_step_seconds_sum", ("kind", "analysis"), ("step", "wait"))
    assert samples[waited] >= 2.5
    assert samples[("fixviz_page_seconds_count", ("page", "watch"))] >= 1
    assert samples[("fixviz_jobs_under_way", ("state", "queued"))] == 0
    assert samples[("fixviz_memory_bytes", ("process", "server"))] > 10**7
    assert samples[("fixviz_memory_bytes", ("process", "worker"))] == 0
    assert samples[("fixviz_sessions",)] == 0
    assert "holiday" not in answer.text


def test_without_the_setting_there_are_no_numbers(settings: Settings, engine: Engine) -> None:
    answer = asking(replace(settings, metrics=False), engine).get("/api/metrics")
    assert answer.status_code == 404
