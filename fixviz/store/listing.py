"""Describe runs for a library, also those that cannot be opened."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixviz.errors import RunNotFound, StorageError
from fixviz.store.expiry import DAY_S
from fixviz.store.files import modified
from fixviz.store.layout import Layout
from fixviz.store.manifests import entries
from fixviz.store.memory import ManifestMemory
from fixviz.store.records import HandleRecord, RunInfo
from fixviz.store.soundness import Soundness

_SIZES_IN_MEMORY = 1000


class Listing:
    """Describe the runs of one home by their handles. None of it counts as a use of a run."""

    def __init__(
        self, layout: Layout, manifests: ManifestMemory, sound: Soundness, run_days: float
    ) -> None:
        self._layout, self._manifests, self._sound = layout, manifests, sound
        self._run_days = run_days
        # A key stands for one content, so its sizes never change.
        self._sizes: dict[str, Mapping[str, int]] = {}

    def info(self, handle: str, record: HandleRecord) -> RunInfo:
        """Describe one run. Raises DamagedRun, StorageError."""
        manifest = self._manifests.get(record.key, use=False)
        used = modified(self._layout.manifest(record.key))
        return replace(
            self._held(handle, record, used),
            models=tuple(str(model["name"]) for model in manifest.get("models", ())),
            frames=len(manifest.get("frames", {}).get("index", ())),
            bytes=sum(_sizes(manifest).values()),
            clip={**manifest.get("clip", {}), "name": record.name},
            thumbnail=self._middle_picture(manifest),
        )

    def runs(self, handles: Mapping[str, HandleRecord], owner: str) -> Sequence[RunInfo]:
        """Describe the runs of `owner`, newest first; `fault` says why one cannot be opened."""
        runs = []
        for handle, record in handles.items():
            if record.owner != owner:
                continue
            try:
                runs.append(self.info(handle, record))
            except RunNotFound:
                continue  # Deleted in the meantime.
            except StorageError as error:
                runs.append(self._unopened(handle, record, str(error)))
        return sorted(runs, key=lambda run: run.created, reverse=True)

    def sizes(self, key: str) -> Mapping[str, int]:
        """Return the bytes of a run's artifacts, by SHA-256; empty for a run that cannot be read."""
        known = self._sizes.get(key)
        if known is None:
            try:
                known = _sizes(self._manifests.get(key, use=False))
            except StorageError:
                return {}
            while len(self._sizes) >= _SIZES_IN_MEMORY:
                self._sizes.pop(next(iter(self._sizes)), None)
            self._sizes[key] = known
        return known

    def _unopened(self, handle: str, record: HandleRecord, fault: str) -> RunInfo:
        used = modified(self._layout.manifest(record.key))
        used = used if math.isfinite(used) else record.created
        return replace(self._held(handle, record, used), fault=fault)

    def _held(self, handle: str, record: HandleRecord, used: float) -> RunInfo:
        """Return what the handle alone tells of a run."""
        return RunInfo(
            handle=handle,
            title=record.title,
            name=record.name,
            created=record.created,
            used=used,
            expires=used + self._run_days * DAY_S,
            models=(),
            frames=0,
            bytes=0,
            clip={"name": record.name},
        )

    def _middle_picture(self, manifest: Mapping[str, Any]) -> Path | None:
        pictures = [name for name in manifest.get("files", {}) if name.startswith("frame/")]
        if not pictures:
            return None
        name = sorted(pictures)[len(pictures) // 2]
        sha = manifest["files"][name]["sha"]
        try:
            self._sound.check(sha)
        except StorageError:
            return None
        return self._layout.artifact(sha)


def _sizes(manifest: Mapping[str, Any]) -> dict[str, int]:
    return {entry["sha"]: int(entry["bytes"]) for entry in entries(manifest)}
