"""A run and what was computed from it later, read from the store without a page around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.engine import DeriveRequest
from fixviz.errors import StorageError
from fixviz.media.encode import decode_image
from fixviz.store import Store
from fixviz.ui.inspect_run.compute import Result
from fixviz.ui.inspect_run.open_run import OpenRun


@dataclass(frozen=True)
class StoredRun(OpenRun):
    """The pages' view of a run, read by hand instead of through a session."""

    store: Store
    _arrays: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, store: Store, handle: str) -> StoredRun:
        """The run behind a handle. Raises RunNotFound, StorageError."""
        return cls(handle, store.manifest(handle), store)

    def array(self, name: str) -> NDArray[Any]:
        """An array of the run, as stored. Raises StorageError when it is not there."""
        if not self.has(name):
            raise StorageError(f"This run holds no {name}.")
        if name not in self._arrays:
            self._arrays[name] = self.store.array(self.handle, name)
        return self._arrays[name]

    def frame_image(self, frame: int) -> NDArray[np.uint8]:
        """The picture of an analyzed frame, RGB uint8 [H, W, 3]."""
        return decode_image(self.store.file(self.handle, f"frame/{frame:04d}"))

    def derived(self, kind: str) -> list[StoredResult]:
        """Everything of a kind that was computed from this run, in the order of its models."""
        return [result for entry in self.models for result in self._of_model(kind, entry["name"])]

    def _of_model(self, kind: str, model: str) -> Iterator[StoredResult]:
        prefix = f"{kind}/{model}/"
        for name in self.store.derived_names(self.handle, prefix):
            try:
                arguments = json.loads(name.removeprefix(prefix))
            except ValueError:
                continue  # Of another model, whose name begins with this one's and a slash.
            description = self.store.derived(self.handle, name)
            if description is not None and isinstance(arguments, dict):
                request = DeriveRequest(self.handle, kind, model, arguments)
                yield StoredResult(request, description, self.store)


@dataclass(frozen=True)
class StoredResult(Result):
    """A derived result, read from the store."""

    store: Store

    def array(self, name: str) -> NDArray[Any]:
        """One of its arrays."""
        return self.store.derived_array(self.request.run, self.request.name, name)
