"""Write artifacts with their manifest, and read manifests.

A manifest ends with the SHA-256 of its other content, as `checksum`, which readers check and take off.
"""

from __future__ import annotations

import hashlib
import json
import re
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
_CHECKSUM = re.compile(rb',"checksum":"([0-9a-f]{64})"\}\Z')


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
    write_atomic(run / "manifest.json", pack_manifest(whole))
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


def pack_manifest(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a manifest's file. Raises ValueError when it is not JSON."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
    return text[:-1] + f',"checksum":"{hashlib.sha256(text).hexdigest()}"}}'.encode()


def unpack_manifest(data: bytes) -> dict[str, Any]:
    """Return what `pack_manifest` packed. Raises ValueError when it is damaged.

    Earlier versions wrote no checksum: then every JSON object counts as sound.
    """
    found = _CHECKSUM.search(data)
    if found is not None:
        data = data[: found.start()] + b"}"
        if hashlib.sha256(data).hexdigest() != found[1].decode():
            raise ValueError("a manifest differs from what was written")
    manifest = json.loads(data)
    if not isinstance(manifest, dict):
        raise ValueError("a manifest is an object")
    return manifest


def read_manifest(layout: Layout, key: str) -> dict[str, Any]:
    """Read the manifest of run `key`. Raises OSError, or ValueError when it is damaged."""
    return unpack_manifest(layout.manifest(key).read_bytes())


def derived_manifests(layout: Layout, key: str) -> Iterator[dict[str, Any]]:
    """Yield what the results derived from run `key` hold, without damaged ones. Raises OSError."""
    for path in sorted(layout.derived(key).glob("*.json")):
        try:
            yield unpack_manifest(path.read_bytes())
        except (FileNotFoundError, ValueError):
            continue


def artifacts_of(layout: Layout, key: str) -> set[str]:
    """Return the names of the artifacts of run `key`, as far as its manifests can be understood.

    Raises OSError when one cannot be read, since then nobody knows which artifacts are in use.
    """
    try:
        manifests = [read_manifest(layout, key)]
    except (FileNotFoundError, ValueError):
        manifests = []
    names: set[str] = set()
    for manifest in (*manifests, *derived_manifests(layout, key)):
        try:
            names |= {str(entry["sha"]) for entry in entries(manifest)}
        except (KeyError, TypeError, AttributeError):
            continue
    return names
