"""Runs whose numbers are known, in a store and as a data set of many clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.data_set import DataSet
from fixviz.batch.shard import collect_rows
from fixviz.store import Store
from tests.ui.synthetic import CLASSES, FRAMES, HEADS, LAYERS, METRICS, synthetic_run

CLIPS = 11
MODELS = ("softmax", "linear", "fixation")
OWNER = "command line"
ODD = 7
"""The clip on which fixation concentrates far less than on the others."""


def level(clip: int, model: str, layer: int = LAYERS - 1, head: float = (HEADS - 1) / 2) -> float:
    """Concentration of the spatial attention, mean over the frames that have a value."""
    base = {"softmax": 0.5, "linear": 0.2, "fixation": 0.3}[model] + 0.01 * clip
    if model == "fixation" and clip == ODD:
        base -= 0.25
    return base + 0.02 * layer + 0.001 * head


def label(clip: int) -> str | None:
    """What the list says of a clip: two classes, and nothing of the last one."""
    return None if clip == CLIPS - 1 else CLASSES[clip % 2]


def run(clip: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    """One of the runs: fixation names the label on all clips but the first, the others class 0."""
    manifest, arrays, files = synthetic_run()
    manifest["clip"]["name"] = f"clip-{clip:02d}.mp4"
    manifest["clip"]["sha256"] = f"{clip // 2:064x}" if clip < 2 else f"{clip + 100:064x}"
    layer, head, frame = np.indices((LAYERS, HEADS, FRAMES))
    kept = {}
    for entry in manifest["models"]:
        name = entry["name"]
        answer = CLASSES.index(label(clip) or CLASSES[0]) if name == "fixation" and clip else 0
        if name == "fixation" and not clip:
            answer = 1
        given = np.full((len(entry["windows"]["start"]), len(CLASSES)), 0.4 / (len(CLASSES) - 1))
        given[:, answer] = 0.6
        entry["probabilities"] = given.tolist()
        for axis in ("spatial", "temporal"):
            values = np.zeros((LAYERS, HEADS, FRAMES, len(METRICS)), np.float32)
            # The middle of the frames has the mean; the first has no value.
            wave = np.where(frame == 0, np.nan, 0.001 * (frame - FRAMES // 2 - 0.5))
            values[..., 2] = level(clip, name, 0, 0) + 0.02 * layer + 0.001 * head + wave
            values[..., 2] += 0.0 if axis == "spatial" else 0.1
            values[..., 5] = 1 - values[..., 2]
            if name == "softmax" and clip == 3:
                values[..., 2] = np.nan
            kept[f"{name}/{axis}/metrics"] = values
            if name == "fixation":
                for of in ("query", "key"):
                    kept[f"{name}/{axis}/ratio_{of}"] = arrays[f"{name}/{axis}/ratio_{of}"]
                for how in ("ones", "shuffled"):
                    kept[f"{name}/{axis}/metrics_ratios/{how}"] = values
    return manifest, kept, {n: files[n] for n in list(files)[:1]}


def publish(store: Store, owner: str = OWNER, count: int = CLIPS) -> list[str]:
    """Put the runs into a store; return their handles."""
    return [
        store.publish(f"{clip:01x}" * 64, *run(clip), owner=owner, name=f"clip-{clip:02d}.mp4")
        for clip in range(count)
    ]


def data_set(folder: Path, store: Store, handles: list[str]) -> Path:
    """Write the data set of the runs, with one clip twice and one that failed."""
    request = {"models": dict.fromkeys(MODELS, "0" * 64)}
    with DataSet(folder, request) as opened:
        for clip, handle in enumerate(handles):
            carried = {"day": "monday" if clip < 4 else "tuesday"}
            if (named := label(clip)) is not None:
                carried["label"] = named.upper()
            row = ClipRow(
                Path(f"/secret/clip-{clip:02d}.mp4"), f"clip-{clip:02d}.mp4", carried=carried
            )
            opened.add(collect_rows(store.key_of(handle), store, handle))
            opened.note(row, store.key_of(handle), handle, {})
        again = ClipRow(Path("/secret/again.mp4"), "again.mp4")
        opened.note(again, store.key_of(handles[0]), handles[0], {})
        failed = ClipRow(Path("/secret/broken.mp4"), "broken.mp4")
        opened.note(
            failed, None, None, {"error_kind": "UnreadableVideo", "error": "It is no video."}
        )
    return folder
