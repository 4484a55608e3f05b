"""How many model workers many clips get."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fixviz.batch import many_engine
from fixviz.batch.many_engine import MOST_WORKERS, engine_for
from fixviz.engine import AnalysisRequest
from fixviz.errors import UnknownModel
from fixviz.settings import Settings
from fixviz.store import Store

REQUEST = AnalysisRequest("", ("softmax", "fixation"))


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Count the workers that a request gets on a machine of 5 cores and 64 GB, unless told otherwise."""

    def count(
        request: AnalysisRequest,
        clips: int = 1000,
        *,
        cores: int = 5,
        gb: float = 64,
        gpu: bool = False,
    ) -> int:
        monkeypatch.setattr(many_engine, "threads", lambda: cores)
        monkeypatch.setattr(many_engine, "free_bytes", lambda: int(gb * 1e9))
        monkeypatch.setattr(many_engine, "may_have_gpu", lambda: gpu)
        settings = Settings(home=tmp_path)
        with engine_for(settings, Store(settings), request, clips) as engine:
            return engine.workers

    return count


def test_small_models_have_a_clip_for_each_core(workers) -> None:
    assert workers(REQUEST) == 5
    assert workers(REQUEST, clips=3) == 3
    assert workers(REQUEST, cores=200) == MOST_WORKERS
    assert workers(replace(REQUEST, device="cpu"), gpu=True) == 5


def test_what_does_not_fit_beside_itself_has_one(workers) -> None:
    assert workers(REQUEST, gb=4) == 2
    assert workers(REQUEST, gb=0.5) == 1
    assert workers(replace(REQUEST, size=448)) == 1, "large frames take all cores, and much memory"
    assert workers(replace(REQUEST, size=112, frames=8)) == 5


def test_a_gpu_has_one(workers) -> None:
    assert workers(REQUEST, gpu=True) == 1
    assert workers(replace(REQUEST, device="cuda:1")) == 1


def test_a_request_that_cannot_work_is_refused(workers) -> None:
    with pytest.raises(UnknownModel):
        workers(replace(REQUEST, models=("nobody",)))
