"""A stored run that no model made: moving blobs as maps, known in every value."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LAYERS, HEADS, FRAMES, ROWS, COLUMNS = 3, 4, 17, 9, 12
PATCH, STRIDE = 12, 8
MODEL_HEIGHT, MODEL_WIDTH = 64, 85
WIDTH, HEIGHT = 340, 256
RATE = 8.0
WINDOW = 8
METRICS = [
    "entropy",
    "normalized_entropy",
    "concentration",
    "effective_support",
    "top10_mass",
    "gini",
]
CLASSES = ["move left", "move right", "move up", "move down", "grow", "shrink", "orbit"]
GRID_NEIGHBORS = [
    ("below", 1, 0),
    ("above", -1, 0),
    ("right", 0, 1),
    ("left", 0, -1),
    ("above left", -1, -1),
    ("below right", 1, 1),
    ("above right", -1, 1),
    ("below left", 1, -1),
]
TITLES = {
    "softmax": "Softmax",
    "linear": "Vanilla linear",
    "fixation": "Linear + fixation + neighbors",
}


def _centre(frame: int) -> tuple[float, float]:
    angle = 2 * np.pi * frame / FRAMES
    return 4 + 2.5 * np.sin(angle), 5.5 + 3.5 * np.cos(angle)


def _blob(frame: int, width: float) -> Array:
    y, x = np.mgrid[:ROWS, :COLUMNS]
    cy, cx = _centre(frame)
    bump = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2)) + 0.05
    return bump / bump.mean()


def _maps(width: float, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    maps = np.empty((LAYERS, HEADS, FRAMES, ROWS, COLUMNS))
    for layer in range(LAYERS):
        for head in range(HEADS):
            for frame in range(FRAMES):
                spread = width * (1.6 - 0.3 * layer) * (1 + 0.15 * head)
                noise = rng.uniform(0.85, 1.15, (ROWS, COLUMNS))
                maps[layer, head, frame] = _blob(frame, spread) * noise
    return maps / maps.mean(axis=(-2, -1), keepdims=True)


def _metrics(level: float) -> Array:
    frame = np.arange(FRAMES)
    curve = level + 0.08 * np.sin(2 * np.pi * frame / FRAMES + 4 * level)
    metrics = np.zeros((LAYERS, HEADS, FRAMES, len(METRICS)))
    metrics[..., 2] = curve * (0.7 + 0.15 * np.arange(LAYERS)[:, None, None])
    metrics[..., 1] = 1 - metrics[..., 2]
    return metrics.astype(np.float32)


def _frames() -> Mapping[str, bytes]:
    files = {}
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for frame in range(FRAMES):
        image = np.stack([150 - y * 0.25, 165 - x * 0.15, 140 + 20 * np.sin(x / 23)], -1)
        image += 12 * np.sin(y / 7 + x / 31)[..., None]
        cy, cx = _centre(frame)
        center = (int(cx * STRIDE * WIDTH / MODEL_WIDTH), int(cy * STRIDE * HEIGHT / MODEL_HEIGHT))
        bgr = np.ascontiguousarray(image[..., ::-1].clip(0, 255).astype(np.uint8))
        cv2.circle(bgr, center, 24, (40, 80, 210), -1, cv2.LINE_AA)
        files[f"frame/{frame:04d}"] = cv2.imencode(".webp", bgr)[1].tobytes()
    return files


def _model(name: str) -> dict[str, Any]:
    starts = list(range(0, FRAMES - WINDOW + 1, WINDOW // 2))
    rng = np.random.default_rng(len(name))
    logits = rng.normal(0, 1.5, (len(starts), len(CLASSES)))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    fixation = name == "fixation"
    middles = np.array(starts) + (WINDOW - 1) / 2
    nearest = np.abs(np.arange(FRAMES)[:, None] - middles[None]).argmin(1)
    return {
        "name": name,
        "title": TITLES[name],
        "checkpoint_sha256": name.encode().hex().ljust(64, "0"),
        "config": {},
        "classes": CLASSES,
        "note": "Its classes are motions of a generated world.",
        "windows": {"start": starts, "frames": WINDOW},
        "window_of_frame": nearest.tolist(),
        "probabilities": probabilities.tolist(),
        "grid": {
            "rows": ROWS,
            "columns": COLUMNS,
            "patch": PATCH,
            "stride": STRIDE,
            "model_height": MODEL_HEIGHT,
            "model_width": MODEL_WIDTH,
            "display_per_model": [HEIGHT / MODEL_HEIGHT, WIDTH / MODEL_WIDTH],
        },
        "layers": LAYERS,
        "heads": HEADS,
        "axes": ["temporal", "spatial"],
        "fixation": "cooperative" if fixation else "none",
        "neighbors": _neighbors() if fixation else {},
        "reads_elsewhere": {"spatial": {"0": "half its channels read frame t+1"}}
        if fixation
        else {},
        "rebuild_error": {"spatial": [2e-7, 3e-7, 3e-7], "temporal": [2e-7, 1e-7, 4e-7]},
    }


def _neighbors() -> dict[str, Any]:
    temporal = [
        {"label": label, "dy": dy, "dx": dx, "dt": 0, "heads": [i // 4], "channels": 4}
        for i, (label, dy, dx) in enumerate(GRID_NEIGHBORS)
    ]
    spatial = [
        {"label": label, "dy": 0, "dx": 0, "dt": dt, "heads": [head], "channels": 8}
        for head, (label, dt) in enumerate([("next frame", 1), ("previous frame", -1)])
    ]
    return {"temporal": temporal, "spatial": spatial}


def _shares(directions: int, width: float) -> Array:
    shares = np.full((LAYERS, HEADS, directions, FRAMES, ROWS, COLUMNS), np.nan)
    for direction in range(directions):
        head = direction // 4 if directions == 8 else direction
        shares[:, head, direction] = 0.05 * _maps(width, direction)[:, head]
    return shares


def synthetic_run() -> tuple[dict[str, Any], dict[str, Array], dict[str, bytes]]:
    """Manifest, arrays and files of a run with three models, in the store's terms.

    Each caller gets copies of its own, which it may change.
    """
    return copy.deepcopy(_made_run())


@functools.cache
def _made_run() -> tuple[dict[str, Any], dict[str, Array], dict[str, bytes]]:
    """The run, made once a process: drawing and compressing its frames takes a second."""
    arrays: dict[str, Array] = {}
    for i, (name, width) in enumerate({"softmax": 1.0, "linear": 2.6, "fixation": 1.4}.items()):
        for axis in ("spatial", "temporal"):
            maps = _maps(width * (1 if axis == "spatial" else 1.5), i).astype(np.float16)
            arrays[f"{name}/{axis}/attention_received/source"] = maps
            arrays[f"{name}/{axis}/attention_received/slot"] = maps[..., ::-1]
            arrays[f"{name}/{axis}/metrics"] = _metrics([0.42, 0.12, 0.33][i])
            if name == "fixation":
                ratio = 0.2 + 0.6 * maps / (1 + maps)
                arrays[f"{name}/{axis}/ratio_query"] = ratio.astype(np.float16)
                arrays[f"{name}/{axis}/ratio_key"] = (1 - ratio).astype(np.float16)
                directions = 8 if axis == "temporal" else 2
                for ratio_of in ("query", "key"):
                    shares = _shares(directions, 1.8 if ratio_of == "query" else 2.4)
                    arrays[f"{name}/{axis}/neighbor_share/{ratio_of}"] = shares.astype(np.float16)
    times = np.arange(FRAMES) / RATE
    manifest: dict[str, Any] = {
        "schema": 1,
        "fixviz": "0.1.0",
        "created": "2026-01-01T00:00:00Z",
        "device": "cpu",
        "torch": "2.13.0",
        "seconds": 2.1,
        "clip": {
            "name": "orbit.mp4",
            "sha256": "5" * 64,
            "width": WIDTH,
            "height": HEIGHT,
            "fps": 23.976,
            "duration_s": 2.2,
            "frame_count": 53,
            "rotation": 0,
            "codec": "h264",
            "container": "mp4",
            "decoder": "decord",
        },
        "sampling": {
            "mode": "windows",
            "rate_hz": RATE,
            "start_s": 0.0,
            "end_s": 2.2,
            "frames": FRAMES,
            "truncated": False,
        },
        "display": {"width": WIDTH, "height": HEIGHT},
        "frames": {
            "index": [round(t * 23.976) for t in times],
            "timestamp_s": [round(float(t), 6) for t in times],
        },
        "models": [_model(name) for name in TITLES],
        "metrics": METRICS,
    }
    return manifest, arrays, dict(_frames())


def one_patch_run(
    row: int, column: int
) -> tuple[dict[str, Any], dict[str, Array], dict[str, bytes]]:
    """The same run, but every map is 0 except for one patch."""
    manifest, arrays, files = synthetic_run()
    for name, array in arrays.items():
        if name.endswith("metrics"):
            continue
        array = np.zeros_like(array)
        array[..., row, column] = ROWS * COLUMNS
        arrays[name] = array
    return manifest, arrays, files
