"""Write a stored run to a folder: manifest.json, tables, and a video for each model."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import StorageError
from fixviz.media.encode import decode_image, encode_mp4
from fixviz.media.overlay import overlay
from fixviz.reading.exports.guarded_folders import (
    RUN_KEY,
    check_folder,
    check_strangers,
    remove_others,
)
from fixviz.reading.exports.tables import metric_objects, write_tables
from fixviz.reading.run import patch_size
from fixviz.store import Store

_TOP_PERCENTILE = 99


def export_run(store: Store, handle: str, folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the run into `folder`, all files or none, and return their paths.

    The folder may hold this run, or nothing of fixviz. With `overwrite` it may hold another run, whose
    files are deleted first (see fixviz.reading.exports.guarded_folders).

    The tables are those of fixviz.reading.exports.tables; metrics.json has the rows of metrics.csv as
    objects.
    overlay-MODEL.mp4 shows attention received by source, last layer, last axis, mean of heads, on one
    scale from 0 to the 99th percentile of all models; manifest.json says so under "overlay".
    manifest.json also names the run's key. Raises StorageError when a file cannot be written,
    OptionError for a folder that must not be written into.
    """
    manifest = store.manifest(handle)
    key = manifest[RUN_KEY] = store.key_of(handle)
    if not overwrite:
        check_folder(folder, key)
    staging = folder.parent / f".{folder.name}.{secrets.token_hex(8)}"
    try:
        staging.mkdir(parents=True)
        manifest["overlay"] = _write_overlays(store, handle, manifest, staging)
        write_tables(store, handle, manifest, staging)
        objects = metric_objects(store, handle, manifest)
        (staging / "metrics.json").write_text(json.dumps(objects) + "\n", encoding="utf-8")
        (staging / "manifest.json").write_text(
            json.dumps(manifest, indent=1) + "\n", encoding="utf-8"
        )
        staged = sorted(staging.iterdir())
        if not overwrite:
            check_strangers(folder, (path.name for path in staged))
        folder.mkdir(exist_ok=True)
        remove_others(folder, key)
        return [path.replace(folder / path.name) for path in staged]
    except OSError as error:
        raise StorageError(
            f"The results could not be written to {folder} ({error.strerror or error})."
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_overlays(
    store: Store, handle: str, manifest: dict[str, Any], folder: Path
) -> dict[str, Any]:
    frames = _frames(store, handle, manifest)
    maps = {}
    for model in manifest["models"]:
        name = f"{model['name']}/{model['axes'][-1]}/attention_received/source"
        maps[model["name"]] = store.array(handle, name)[-1].astype(np.float32).mean(0)
    # Not the maximum: one patch of a peaked model would leave everything else dark.
    everything = np.concatenate([values.ravel() for values in maps.values()])
    top = float(np.nanpercentile(everything, _TOP_PERCENTILE))
    for model in manifest["models"]:
        height, width = patch_size(model)
        drawn = overlay(frames, maps[model["name"]] / top, height, width)
        path = folder / f"overlay-{model['name']}.mp4"
        encode_mp4(path, drawn, manifest["sampling"]["rate_hz"])
    return {
        "quantity": "attention received, by source, last layer, mean of heads",
        "axis": {model["name"]: model["axes"][-1] for model in manifest["models"]},
        "scale": [0.0, round(top, 4)],
        "scale_end": f"percentile {_TOP_PERCENTILE} of all models; larger values take the last color",
        "colormap": "viridis",
    }


def _frames(store: Store, handle: str, manifest: dict[str, Any]) -> NDArray[np.uint8]:
    return np.stack(
        [
            decode_image(store.file(handle, f"frame/{i:04d}"))
            for i in range(manifest["sampling"]["frames"])
        ]
    )
