"""Write artifacts with their manifest, and read and check them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.store.codec import encode_array
from fixviz.store.files import write_atomic
from fixviz.store.layout import Layout

Entry = dict[str, Any]

_SIGNATURES = (
    (0, b"\x89PNG\r\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
)
_UNKNOWN_TYPE = "application/octet-stream"


def media_type(data: bytes) -> str:
    """Return the media type of a file by its first bytes: PNG, JPEG, WebP, MP4, else octets."""
    for start, mark, name in _SIGNATURES:
        if data[start : start + len(mark)] == mark:
            return name
    return _UNKNOWN_TYPE


def stage(
    folder: Path,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.generic]],
    files: Mapping[str, bytes],
) -> Path:
    """Write artifacts, each named by its SHA-256, and run/manifest.json into `folder`.

    Returns the folder `run`. Raises OSError; ValueError when the manifest is not JSON (NaN is not).
    """

    def put_array(array: NDArray[np.generic]) -> Entry:
        sha, size = _put(folder, encode_array(array))
        return {"sha": sha, "dtype": array.dtype.name, "shape": list(array.shape), "bytes": size}

    def put_file(data: bytes) -> Entry:
        sha, size = _put(folder, data)
        return {"sha": sha, "type": media_type(data), "bytes": size}

    # zlib releases the interpreter lock, so two arrays are compressed at once.
    with ThreadPoolExecutor(2) as pool:
        array_entries = dict(zip(arrays, pool.map(put_array, arrays.values()), strict=True))
    whole = {
        **manifest,
        "arrays": array_entries,
        "files": {name: put_file(data) for name, data in files.items()},
    }
    run = folder / "run"
    run.mkdir()
    text = json.dumps(whole, allow_nan=False, separators=(",", ":"))
    write_atomic(run / "manifest.json", text.encode())
    return run


def _put(folder: Path, data: bytes) -> tuple[str, int]:
    sha = hashlib.sha256(data).hexdigest()
    # Two threads may put equal content at once: each writes the same bytes, so either may win.
    (folder / sha).write_bytes(data)
    return sha, len(data)


def entries(manifest: Mapping[str, Any]) -> Iterator[Entry]:
    """Return all artifact entries of a manifest, arrays first."""
    yield from manifest.get("arrays", {}).values()
    yield from manifest.get("files", {}).values()


def serving(manifest: Mapping[str, Any], sha: str) -> tuple[str, str | None] | None:
    """Return (media type, content encoding) of an artifact; None when the manifest does not name it."""
    for entry in entries(manifest):
        if entry["sha"] == sha:
            return (entry["type"], None) if "type" in entry else (_UNKNOWN_TYPE, "gzip")
    return None


def read_manifest(layout: Layout, key: str) -> dict[str, Any]:
    """Read the manifest of run `key`. Raises OSError, or ValueError when it is damaged."""
    manifest = json.loads(layout.manifest(key).read_bytes())
    if not isinstance(manifest, dict):
        raise ValueError("a manifest is an object")
    return manifest


def all_manifests(layout: Layout, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield the manifest of run `key`, then those of its derived results. Raises as read_manifest does."""
    yield read_manifest(layout, key)
    for path in sorted(layout.derived(key).glob("*.json")):
        yield json.loads(path.read_bytes())


def derived_names(layout: Layout, key: str, prefix: str) -> list[str]:
    """Return, in order, the names with `prefix` of the whole results derived from run `key`."""
    names = []
    for path in layout.derived(key).glob("*.json"):
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        name = found.get("derived") if isinstance(found, dict) else None
        if isinstance(name, str) and name.startswith(prefix) and are_stored(layout, found):
            names.append(name)
    return sorted(names)


def are_stored(layout: Layout, manifest: Mapping[str, Any]) -> bool:
    """Tell whether all artifacts of a manifest exist, each of the right size."""
    try:
        found = entries(manifest)
        return all(layout.artifact(e["sha"]).stat().st_size == e["bytes"] for e in found)
    except (OSError, KeyError, TypeError, AttributeError):
        return False


def is_whole(layout: Layout, key: str) -> bool:
    """Tell whether run `key` exists with all its artifacts, each of the right size."""
    try:
        return are_stored(layout, read_manifest(layout, key))
    except (OSError, ValueError):
        return False


def artifacts_of(layout: Layout, key: str) -> set[str]:
    """Return the names of the artifacts of run `key`; none when its manifest is missing or damaged."""
    try:
        return {
            str(entry["sha"])
            for manifest in all_manifests(layout, key)
            for entry in entries(manifest)
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
