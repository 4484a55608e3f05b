"""A stored run as files: manifest, arrays that the player reads, and the pictures of the frames.

manifest.json                packed with gzip, as are the arrays
artifacts/<sha256>.bin       an array
artifacts/<sha256>.jpg       a frame
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any, Final

from fixviz.reading.player_arrays import player_arrays
from fixviz.reading.player_manifest import player_manifest
from fixviz.static_site.packed import packed, packed_json
from fixviz.store import Store

ARRAY, PICTURE = ".bin", ".jpg"
"""Ends of the names of artifacts: some hosts send only files whose kind they know by their names."""
_OF_THE_MOMENT: Final = ("created", "seconds")
"""What a manifest says of the one analysis that made it."""


def run_files(store: Store, handle: str) -> dict[str, bytes]:
    """Return the files of a run by their paths. Raises RunNotFound, StorageError."""
    manifest = player_manifest(store, handle)
    for name in _OF_THE_MOMENT:
        manifest.pop(name, None)
    arrays = {name: manifest["arrays"][name] for name in player_arrays(manifest)}
    manifest["arrays"] = {name: named(entry, ARRAY) for name, entry in arrays.items()}
    pictures = manifest["files"]
    manifest["files"] = {name: named(entry, PICTURE) for name, entry in pictures.items()}
    # Attributions that somebody computed are no part of the sample.
    manifest["attributions"] = []
    files = {"manifest.json": packed_json(manifest)}
    for entry in arrays.values():
        files[artifact(entry, ARRAY)] = repacked(_stored(store, handle, entry))
    for entry in pictures.values():
        files[artifact(entry, PICTURE)] = _stored(store, handle, entry)
    return files


def named(entry: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """Return an entry of a manifest whose `sha` names the file with its suffix."""
    return {**entry, "sha": f"{entry['sha']}{suffix}"}


def artifact(entry: Mapping[str, Any], suffix: str) -> str:
    """Return the path of an artifact's file."""
    return f"artifacts/{entry['sha']}{suffix}"


def repacked(content: bytes) -> bytes:
    """Return a stored array packed again, smaller."""
    return packed(gzip.decompress(content))


def _stored(store: Store, handle: str, entry: Mapping[str, Any]) -> bytes:
    return store.artifact(handle, entry["sha"]).path.read_bytes()
