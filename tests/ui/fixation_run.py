"""A stored run of tiny real models, with and without fixation and neighbors, and what derives from it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.deriving import derive_from
from fixviz.analysis.run import NamedModel, RunData, analyze_clip
from fixviz.analysis.trace import resize_frames
from fixviz.engine import DeriveRequest
from fixviz.model.config import CheckpointInfo
from fixviz.model.transformer import VideoTransformer
from fixviz.store import Store
from tests.analysis.conftest import VARIANTS, build, make_clip

KEY = "d" * 64
MODELS: dict[str, dict[str, Any]] = {
    "linear": VARIANTS["linear"],
    "alone": {"fixation": "cooperative"},
    "moved": {"temporal_shift": True},
    "fixation": VARIANTS["fixation"],
}
"""Baseline; fixation without neighbors; neighbors without fixation; both."""


@cache
def network(name: str) -> VideoTransformer:
    """One of the models; always with the same weights."""
    return build(**MODELS[name])


@cache
def _analyzed(names: tuple[str, ...]) -> RunData:
    models = {}
    for name in names:
        config = network(name).config
        info = CheckpointInfo(name, Path(name), name.capitalize(), config, {})
        models[name] = NamedModel(network(name), info, name.encode().hex().ljust(64, "0"))
    return analyze_clip(models, make_clip())


@cache
def _derived(kind: str, model: str, arguments: str) -> Derived:
    config = network(model).config
    frames = resize_frames(make_clip().frames, config.image_size)
    return derive_from(Subject(network(model), frames), kind, json.loads(arguments))


def publish(store: Store, names: tuple[str, ...] = tuple(MODELS)) -> str:
    """A run with those models on 7 frames of noise, 5 x 8 patches; its handle."""
    run = _analyzed(names)
    return store.publish(KEY, run.manifest, run.arrays, run.files, owner="test", name="noise.mp4")


def derive(store: Store, run: str, kind: str, model: str, **arguments: Any) -> None:
    """Compute something and store it as the worker would."""
    found = _derived(kind, model, json.dumps(arguments))
    name = DeriveRequest(run, kind, model, arguments).name
    store.add_derived(KEY, name, found.description, found.arrays)
