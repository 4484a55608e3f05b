"""A stored run as files of the site.

    <run>/manifest.json                packed, as are the arrays
    <run>/artifacts/<sha256>.bin       an array that the player reads, or the pixels that the models read
    <run>/artifacts/<sha256>.webp      a frame
    weights/<sha256>.bin               weights of a model, which all runs share

The browser computes features and rollouts itself (fixviz.reading.browser_networks), so nothing that a server
would compute is missing, but What if. Left out are the arrays that only the pages under Inspect read, and
maps of attention received that the browser computes from the features as fast as it reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.media.encode import encode_image
from fixviz.reading.browser_networks import folders, for_browser
from fixviz.reading.player_arrays import player_arrays
from fixviz.reading.player_manifest import player_manifest
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.static_site.packed import packed_array, packed_json
from fixviz.store import Store
from fixviz.store.codec import decode_array

ARRAY, PICTURE = ".bin", ".webp"
"""Ends of the names of artifacts: some hosts send only files whose kind they know by their names."""
WEIGHTS: Final = "weights"
_QUALITY: Final = 80
"""Of the frames' pictures: two thirds of the bytes of those in the store."""
_OF_THE_MOMENT: Final = ("created", "seconds")
"""What a manifest says of the one analysis that made it."""


def run_files(store: Store, handle: str, name: str) -> dict[str, bytes]:
    """Return the files of a run by their paths, below a folder of this name.

    Raises RunNotFound, StorageError.
    """
    run = StoredRun.open(store, handle)
    found = for_browser(player_manifest(store, handle), folders(Settings()))
    manifest = found.manifest
    for moment in _OF_THE_MOMENT:
        manifest.pop(moment, None)
    # Attributions that somebody computed are no part of the sample.
    manifest["attributions"] = []
    files: dict[str, bytes] = {}

    def put(entry: Mapping[str, Any], array: NDArray[np.generic], folder: str) -> dict[str, Any]:
        content, order = packed_array(array)
        files[f"{folder}/{entry['sha']}{ARRAY}"] = content
        return named(entry, ARRAY) | {"filter": order, "bytes": len(content)}

    own = f"{name}/artifacts"
    manifest["arrays"] = {
        array: put(manifest["arrays"][array], run.array(array), own) for array in _kept(manifest)
    }
    for frame in range(run.frames):
        entry = manifest["files"][f"frame/{frame:04d}"]
        content = encode_image(run.frame_image(frame), "webp", _QUALITY)
        files[f"{own}/{entry['sha']}{PICTURE}"] = content
        entry |= named(entry, PICTURE) | {"type": "image/webp", "bytes": len(content)}
    for model in manifest["models"]:
        network = model.get("network")
        if network is not None:
            entry = network["weights"]
            weights = decode_array(found.artifacts[entry["sha"]], entry["dtype"], entry["shape"])
            shared = put(entry, weights, WEIGHTS)
            network["weights"] = shared | {"sha": f"../../{WEIGHTS}/{shared['sha']}"}
    return files | {f"{name}/manifest.json": packed_json(manifest)}


def _kept(manifest: Mapping[str, Any]) -> list[str]:
    """Return the names of the arrays to keep: what the player reads, less the maps that it computes.

    Those are the maps by slot of models whose features are shifted. For others they are the maps by source.
    """
    arrays = manifest["arrays"]
    computed = {
        f"{model['name']}/{axis}/attention_received/slot"
        for model in manifest["models"]
        if "network" in model
        for axis in model["axes"]
    }
    return [
        name
        for name in player_arrays(manifest)
        if name not in computed
        or arrays[name]["sha"] == arrays[f"{name.removesuffix('slot')}source"]["sha"]
    ]


def named(entry: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """Return an entry of a manifest whose `sha` names the file with its suffix."""
    return {**entry, "sha": f"{entry['sha']}{suffix}"}
