"""The parts of the model worker that can be looked at without torch."""

from __future__ import annotations

import os

from fixviz.engine.jobs import ModelRef
from fixviz.engine.machine import usable_cores
from fixviz.engine.worker import ModelCache


def model(name: str) -> ModelRef:
    return ModelRef(name, f"/checkpoints/{name}", name * 64, 8.0)


def make_cache(most_models: int, most_bytes: int) -> tuple[ModelCache, list[str]]:
    loaded: list[str] = []

    def load(wanted: ModelRef, device: str) -> str:
        loaded.append(f"{wanted.name}@{device}")
        return wanted.name

    return ModelCache(load, lambda _: 100, most_models, most_bytes), loaded


def test_model_is_loaded_once_for_each_device() -> None:
    cache, loaded = make_cache(5, 1000)
    assert [cache.get(model("a"), device) for device in ("cpu", "cuda:0", "cpu")] == ["a"] * 3
    assert loaded == ["a@cpu", "a@cuda:0"]


def test_changed_checkpoint_is_loaded_again() -> None:
    cache, loaded = make_cache(5, 1000)
    cache.get(model("a"), "cpu")
    cache.get(ModelRef("a", "/checkpoints/a", "b" * 64, 8.0), "cpu")
    assert loaded == ["a@cpu", "a@cpu"]


def test_model_used_longest_ago_goes_first() -> None:
    cache, loaded = make_cache(2, 1000)
    for name in ("a", "b", "a", "c"):
        cache.get(model(name), "cpu")
    cache.trim(keep=1)
    for name in ("c", "a", "b"):
        cache.get(model(name), "cpu")
    assert loaded == ["a@cpu", "b@cpu", "c@cpu", "b@cpu"]


def test_size_limits_all_but_the_models_in_use() -> None:
    cache, loaded = make_cache(5, 150)
    for name in ("a", "b", "c"):
        cache.get(model(name), "cpu")
    cache.trim(keep=2)
    for name in ("b", "c", "a"):
        cache.get(model(name), "cpu")
    assert loaded == ["a@cpu", "b@cpu", "c@cpu", "a@cpu"]


def test_cores_are_between_one_and_all() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
