"""The run and the data that come with fixviz, for lessons that nobody gives a run of their own.

    assets/course/run/                      a home of the store: artifacts, runs, one handle
    assets/course/run/features/<model>-<axis>-<layer>.json
                                            features of the lessons' window; their arrays are artifacts
    assets/course/pack.json                 numbers of the lessons' texts, and what they were made from
    assets/course/<lesson>.json             data of a lesson's figures

Everything is only read, so an installation may lie in a folder that cannot be written.
`python -m fixviz.course_pack` makes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fixviz import resources
from fixviz.errors import StorageError
from fixviz.reading.player_manifest import player_manifest
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.store import Artifact, Store
from fixviz.store.layout import Layout
from fixviz.store.manifests import serving
from fixviz.store.soundness import Soundness

HANDLE = "there-and-back-shipped"
"""Handle of the run; it is no secret."""
_NO_LESSONS = ("pack", "kept")


def sample() -> str:
    """Return the name of the sample clip whose run it is. Raises StorageError."""
    return Path(run().manifest["clip"]["name"]).stem


def folder() -> Path:
    """Return the folder of the course pack."""
    return resources.course()


def home(pack: Path) -> Path:
    """Return the store's home in the folder of a pack."""
    return pack / "run"


def features_file(pack: Path, model: str, axis: str, layer: int) -> Path:
    """Return the file that describes the features of an attention in the folder of a pack."""
    return home(pack) / "features" / f"{model}-{axis}-{layer}.json"


def open_run(pack: Path) -> StoredRun:
    """Return the run in the folder of a pack. Raises RunNotFound, StorageError."""
    return StoredRun.open(Store(Settings(home=home(pack))), HANDLE)


@cache
def run() -> StoredRun:
    """Return the run that comes with fixviz. Raises RunNotFound where the pack is missing."""
    return open_run(folder())


def manifest() -> dict[str, Any]:
    """Return the manifest of the run as the player gets it. Raises RunNotFound, StorageError."""
    return player_manifest(run().store, HANDLE)


def artifact(sha: str) -> Artifact:
    """Return an artifact of the run or of its features by its SHA-256.

    Raises RunNotFound for an unknown one, DamagedRun, StorageError.
    """
    for description in _all_features():
        found = serving(description, sha)
        if found is not None:
            layout = Layout(home(folder()))
            return Artifact(layout.artifact(sha), *found, _sound(layout).check(sha).st_size)
    return run().store.artifact(HANDLE, sha)


def features(model: str, axis: str, layer: int) -> dict[str, Any]:
    """Return the features of one attention as the route of derived results describes them.

    Beside it there is `window`: query, key and value hold this window alone, [1, T, h, w, n, d]. Raises
    StorageError for an attention whose features are not shipped.
    """
    name = features_file(folder(), model, axis, layer).name
    files = {path.name: path for path in (home(folder()) / "features").glob("*.json")}
    if name not in files:
        raise StorageError(
            f"The features of {model}, {axis} attention, layer {layer} are not in the course pack."
        )
    return _read(files[name])


def numbers() -> dict[str, float]:
    """Return the numbers of the lessons that depend on no run: their names begin with "world.".

    Raises StorageError where the pack is missing.
    """
    return dict(_read(folder() / "pack.json")["numbers"])


def lesson_data(lesson: str) -> Path | None:
    """Return the file with the data of a lesson's figures; None for a lesson without one."""
    files = {path.stem: path for path in folder().glob("*.json")}
    return None if lesson in _NO_LESSONS else files.get(lesson)


@cache
def _sound(layout: Layout) -> Soundness:
    return Soundness(layout)


@cache
def _all_features() -> list[dict[str, Any]]:
    return [_read(path) for path in sorted((home(folder()) / "features").glob("*.json"))]


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StorageError(
            f"The course pack is damaged: {path.name} cannot be read; install fixviz again."
        ) from None
    return found
