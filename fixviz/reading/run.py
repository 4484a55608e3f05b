"""A stored run and what was computed from it later, opened for reading."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.engine import DeriveRequest
from fixviz.errors import StorageError
from fixviz.media.encode import decode_image
from fixviz.store import Store

Cache = Callable[[str, Callable[[], NDArray[Any]]], NDArray[Any]]
"""Returns the array that belongs to a SHA-256; calls the function to make one that is missing."""


_TAKEN = ("frame", "time (s)", "uniform attention", "without knowing the target", "no relation")
"""Names of other columns and lines of the charts in which models are named."""


def in_memory() -> Cache:
    """Return a cache that keeps every array as long as it lives itself."""
    kept: dict[str, NDArray[Any]] = {}

    def cache(sha: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        if sha not in kept:
            kept[sha] = make()
        return kept[sha]

    return cache


@dataclass(frozen=True)
class RunContent:
    """Which content a run has, the same for all who hold it under one name of the clip."""

    key: str
    """Key of the run in the store."""
    name: str
    """Name of the clip, as notes and names of files have it."""
    sha256: str
    """Hash of the hashes of all its arrays and files."""


@dataclass(frozen=True)
class StoredRun:
    """A stored run. Its arrays and pictures are shared by all readers and must not be written to."""

    store: Store = field(repr=False, compare=False)
    handle: str
    manifest: Mapping[str, Any]
    cache: Cache = field(default_factory=in_memory, repr=False, compare=False)

    @classmethod
    def open(cls, store: Store, handle: str, cache: Cache | None = None) -> StoredRun:
        """Return the run behind a handle. Raises RunNotFound, StorageError."""
        return cls(store, handle, store.manifest(handle), cache or in_memory())

    @cached_property
    def content(self) -> RunContent:
        """Which content the run has. Raises RunNotFound where the handle is deleted meanwhile."""
        parts = [
            f"{name} {entry['sha']}"
            for kind in ("arrays", "files")
            for name, entry in self.manifest[kind].items()
        ]
        sha256 = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        key, name = self.store.key_of(self.handle), str(self.manifest["clip"]["name"])
        return RunContent(key, name, sha256)

    @property
    def models(self) -> list[dict[str, Any]]:
        """The manifest's entries of the models, in the order of the run."""
        return list(self.manifest["models"])

    @property
    def frames(self) -> int:
        """Number of analyzed frames."""
        return len(self.manifest["frames"]["index"])

    @property
    def times(self) -> list[float]:
        """Time of every analyzed frame in seconds from the start of the clip."""
        return [float(t) for t in self.manifest["frames"]["timestamp_s"]]

    @property
    def segments(self) -> list[dict[str, Any]]:
        """What the clip is known to show: class, start_s and end_s; empty where nobody knows."""
        return list((self.manifest.get("truth") or {}).get("segments", ()))

    def model(self, name: str) -> dict[str, Any]:
        """Return the manifest's entry of one model. KeyError when the run has no such model."""
        for entry in self.manifest["models"]:
            if entry["name"] == name:
                return dict(entry)
        raise KeyError(name)

    def place(self, model: str) -> int:
        """Return the model's place among the run's models, which decides its color everywhere."""
        return [entry["name"] for entry in self.manifest["models"]].index(model)

    def title(self, model: str) -> str:
        """Return the model's title."""
        return str(self.model(model)["title"])

    def label(self, model: str) -> str:
        """Return the model's title, with its name where something else is called so, too."""
        title = self.title(model)
        alone = [entry["title"] for entry in self.models].count(title) == 1
        return title if alone and title not in _TAKEN else f"{title} ({model})"

    def has(self, name: str) -> bool:
        """Return whether the run holds this array."""
        return name in self.manifest["arrays"]

    def array(self, name: str) -> NDArray[Any]:
        """Return an array of the run, read-only, as stored. Raises StorageError when it is not there."""
        if not self.has(name):
            raise _of_an_earlier_version(name)
        sha = self.manifest["arrays"][name]["sha"]
        return self.cache(sha, lambda: _read_only(self.store.array(self.handle, name)))

    def rows_measure(
        self, model: str, axis: str, measure: str, quantity: str = "metrics"
    ) -> NDArray[np.floating]:
        """Return a measure of the rows of attention weights, found by its name: [L, n, N].

        quantity: which array of measures, such as "metrics_ratios/ones". Raises StorageError where the
        run holds no such array or measure.
        """
        array = self.array(f"{model}/{axis}/{quantity}")
        return _measure_of(self.manifest["metrics"], array, measure)

    def frame_image(self, frame: int) -> NDArray[np.uint8]:
        """Return the picture of an analyzed frame, RGB uint8 [H, W, 3], read-only."""
        name = f"frame/{frame:04d}"
        sha = self.manifest["files"][name]["sha"]
        return self.cache(sha, lambda: _read_only(decode_image(self.store.file(self.handle, name))))

    def timestamp(self, frame: int) -> float:
        """Return the seconds from the start of the clip."""
        return float(self.manifest["frames"]["timestamp_s"][frame])

    def window(self, model: str, frame: int) -> str:
        """Name the frames that the model saw together when it made the maps of this frame."""
        entry = self.model(model)
        start = entry["windows"]["start"][entry["window_of_frame"][frame]]
        return f"window of frames {start} to {start + entry['windows']['frames'] - 1}"

    def moment(self, model: str, frame: int) -> str:
        """Name the frame, its time and its window."""
        return f"frame {frame} at {self.timestamp(frame):.2f} s ({self.window(model, frame)})"

    @property
    def file_stem(self) -> str:
        """The clip's name as the names of downloads begin."""
        return re.sub(r"\W+", "-", str(self.manifest["clip"]["name"])).strip("-")

    def checkpoint(self, model: str) -> str:
        """Return title and start of the hash, as every figure names the checkpoint."""
        entry = self.model(model)
        return f"{entry['title']} ({entry['checkpoint_sha256'][:8]})"

    def derived(self, kind: str, model: str, arguments: Mapping[str, Any]) -> StoredResult | None:
        """Return what was computed for these arguments; None where nobody has asked for it yet."""
        request = DeriveRequest(self.handle, kind, model, dict(arguments))
        found = self.store.derived(self.handle, request.name)
        return None if found is None else StoredResult(self, request, found)

    def all_derived(self, kind: str) -> list[StoredResult]:
        """Return everything of a kind that was computed from this run, in the order of its models."""
        return [result for entry in self.models for result in self._of_model(kind, entry["name"])]

    def _of_model(self, kind: str, model: str) -> Iterator[StoredResult]:
        prefix = f"{kind}/{model}/"
        for name in self.store.derived_names(self.handle, prefix):
            try:
                arguments = json.loads(name.removeprefix(prefix))
            except ValueError:
                continue  # It belongs to another model, whose name begins with this one's and a slash.
            description = self.store.derived(self.handle, name)
            if description is not None and isinstance(arguments, dict):
                request = DeriveRequest(self.handle, kind, model, arguments)
                yield StoredResult(self, request, description)


@dataclass(frozen=True)
class StoredResult:
    """A result that was computed from a run later."""

    run: StoredRun
    request: DeriveRequest
    description: Mapping[str, Any]

    @property
    def rows_measures(self) -> list[str]:
        """Names of the measures of the rows that it holds, in order.

        Results of early versions do not name theirs: they are those of the run.
        """
        named = self.description if "metrics" in self.description else self.run.manifest
        return list(named["metrics"])

    def rows_measure(self, axis: str, measure: str) -> NDArray[np.floating]:
        """Return a measure of the rows of attention weights, found by its name: [L, n, F].

        Raises StorageError where the result lacks the measure.
        """
        return _measure_of(self.rows_measures, self.array(f"{axis}/metrics"), measure)

    def array(self, name: str) -> NDArray[Any]:
        """Return one of its arrays, read-only."""
        sha = self.description["arrays"][name]["sha"]
        read = self.run.store.derived_array
        return self.run.cache(
            sha, lambda: _read_only(read(self.request.run, self.request.name, name))
        )


def patch_size(entry: Mapping[str, Any]) -> tuple[float, float]:
    """Return height and width of a model's patch in pixels of the frames' pictures.

    entry: the manifest's entry of the model.
    """
    grid = entry["grid"]
    height, width = (grid["stride"] * float(scale) for scale in grid["display_per_model"])
    return height, width


def _measure_of(names: Sequence[str], metrics: NDArray[Any], measure: str) -> NDArray[np.floating]:
    """Return one measure of an array of measures [..., M] with these names. Raises StorageError."""
    if measure not in names:
        raise _of_an_earlier_version(measure)
    return np.asarray(metrics[..., names.index(measure)])


def _of_an_earlier_version(missing: str) -> StorageError:
    return StorageError(
        f"An earlier version made this run, without {missing}. Analyze the clip again."
    )


def _read_only(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values
