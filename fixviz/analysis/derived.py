"""What can be computed from a stored run later, by kind, from the frames that the run keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.features import Derived, layer_features
from fixviz.analysis.rollout import attention_rollout
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer


def derive_from(
    model: VideoTransformer, frames: NDArray[np.uint8], kind: str, arguments: Mapping[str, Any]
) -> Derived:
    """features (axis, layer) or rollout (frame; row and column, or None for the pooled output).

    frames: uint8 [N, H, W, 3]. Raises OptionError for arguments that the model or clip lacks.
    """
    if kind == "features":
        return layer_features(model, frames, str(arguments["axis"]), int(arguments["layer"]))
    if kind == "rollout":
        place = arguments.get("row"), arguments.get("column")
        return rollout_of_frame(model, frames, int(arguments["frame"]), *place)
    raise OptionError(f"There is nothing of kind {kind!r} to compute; there are features, rollout.")


@torch.inference_mode()
def rollout_of_frame(
    model: VideoTransformer,
    frames: NDArray[np.uint8],
    frame: int,
    row: int | None,
    column: int | None,
) -> Derived:
    """Attention rollout in the window of `frame`, from one patch of it or from the pooled output.

    Array `map`: float32 [T, h, w], the share of each patch of the window; with `outside` in the
    description it sums to 1.
    """
    windows = Windows(len(frames), model.config.frames)
    if not 0 <= frame < len(frames):
        raise OptionError(f"This run has no frame {frame}; it has 0 to {len(frames) - 1}.")
    window = int(windows.of_frame[frame])
    small = resize_frames(frames, model.config.image_size)
    blocks = model.trace(window_pixels(model, small, windows.indices[window][None])).blocks
    _, length, rows, columns, _ = blocks[-1].output.shape
    start = blocks[-1].output.new_zeros(1, length, rows, columns)
    if row is None or column is None:
        start += 1 / start.numel()
    elif 0 <= row < rows and 0 <= column < columns:
        start[0, int(windows.position_of_frame[frame]), row, column] = 1
    else:
        raise OptionError(f"There is no patch ({row}, {column}) in a grid of {rows} x {columns}.")
    flow, outside = attention_rollout(blocks, model.config, start)
    description = {
        "frame": frame,
        "row": row,
        "column": column,
        "window": window,
        "window_start": int(windows.starts[window]),
        "outside": float(outside[0]),
    }
    return Derived(description, {"map": flow[0].float().cpu().numpy()})
