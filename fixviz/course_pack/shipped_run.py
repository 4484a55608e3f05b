"""The run that comes with fixviz: the first sample as the app analyzes it, and features of one window."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz import resources
from fixviz.analysis.features import layer_features
from fixviz.course.moment import lesson_frame
from fixviz.course.shipped import HANDLE, features_file, home, open_run
from fixviz.engine import AnalysisRequest, Engine
from fixviz.model.checkpoints import load_model
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.codec import encode_array
from fixviz.store.layout import Layout
from fixviz.store.manifests import read_manifest
from fixviz.store.records import HandleRecord

SAMPLE = "there-and-back.mp4"
FEATURES = (
    ("softmax", "spatial"),
    ("linear", "spatial"),
    ("fixation", "spatial"),
    ("fixation", "temporal"),
)
"""Models and axes whose last layer's features the lessons compute with."""
_OF_THE_MOMENT = ("created", "seconds")
"""What the manifest says of the one analysis that made it, and is not the same the next time."""


def make_run(pack: Path) -> None:
    """Analyze the sample on the CPU and put the run, as a store's home, into the folder of a pack."""
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=Path(temporary) / "home")
        store = Store(settings)
        request = AnalysisRequest(str(resources.samples() / SAMPLE), device="cpu")
        with Engine(settings, store) as engine:
            key = store.key_of(engine.run(request))
        new = Path(temporary) / "pack"
        _copy(Layout(settings.home), Layout(home(new)), key, request.title)
        _add_features(new)
        shutil.rmtree(home(pack), ignore_errors=True)
        shutil.copytree(home(new), home(pack))


def _copy(made: Layout, target: Layout, key: str, title: str) -> None:
    """Copy a run, the results derived with it, and all artifacts; make the one handle."""
    shutil.copytree(made.run(key), target.run(key))
    shutil.copytree(made.artifacts, target.artifacts)
    manifest = read_manifest(made, key)
    for name in _OF_THE_MOMENT:
        del manifest[name]
    _write_json(target.manifest(key), manifest)
    record = HandleRecord(key, owner="fixviz", name=title, title=title, created=0.0)
    _write_json(target.handle(HANDLE), asdict(record))


def _add_features(pack: Path) -> None:
    """Compute the features of the lessons' window, and write each as a description and artifacts."""
    run = open_run(pack)
    _, window = lesson_frame(run)
    for name, axis in FEATURES:
        layer = run.model(name)["layers"] - 1
        description, arrays = window_features(run, name, axis, layer, window)
        entries = {which: _put(pack, array) for which, array in arrays.items()}
        _write_json(features_file(pack, name, axis, layer), {**description, "arrays": entries})


def window_features(
    run: StoredRun, name: str, axis: str, layer: int, window: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return description and arrays of `layer_features` with the features of one window alone.

    The description has the number of the window as `window`; the arrays query, key and value are
    [1, T, h, w, n, d].
    """
    model = load_model(name, "cpu")
    pixels = run.array(f"pixels/{model.config.image_size}")
    found = layer_features(model, pixels, axis, layer)
    arrays = {
        which: array[window : window + 1] if which in ("query", "key", "value") else array
        for which, array in found.arrays.items()
    }
    return {**found.description, "window": window}, arrays


def _put(pack: Path, array: NDArray[np.generic]) -> dict[str, Any]:
    """Write an artifact and return its entry, as in a manifest."""
    data = encode_array(array)
    sha = hashlib.sha256(data).hexdigest()
    Layout(home(pack)).artifact(sha).write_bytes(data)
    return {"sha": sha, "dtype": array.dtype.name, "shape": list(array.shape), "bytes": len(data)}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, allow_nan=False, separators=(",", ":")), encoding="utf-8")
