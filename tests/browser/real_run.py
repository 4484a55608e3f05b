"""A run that the app made of a bundled clip, and Python's own answers about it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.trace import window_pixels
from fixviz.analysis.windows import Windows
from fixviz.course import shipped
from fixviz.model.attention import attention_weights
from fixviz.model.checkpoints import load_model
from fixviz.model.config import Axis
from fixviz.model.layers import to_sequences
from fixviz.store import Store

MODELS = ("softmax", "linear", "fixation")
FRAME, ROW, COLUMN, LAYER = 5, 3, 7, 1


def given_run(store: Store) -> str:
    """A handle on the run that comes with fixviz: every page has something to draw, and models to ask."""
    found = shipped.run()
    key = found.store.key_of(found.handle)
    assert store.take_over(key, shipped.home(shipped.folder()))
    handle = store.claim(key, "test", "walk.mp4")
    assert handle is not None
    return handle


@dataclass(frozen=True)
class Real:
    """A run that the app made, and Python's own answers about it."""

    url: str
    store: Store
    handle: str

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        return self.store.manifest(self.handle)

    @functools.cache  # noqa: B019  (one run per session)
    def weights(self, model: str, axis: Axis, squared: bool = False) -> NDArray[np.float32]:
        """The network's own weights [sequences, heads, N, N] in the window of FRAME, by slot.

        `squared`: with the fixation ratios to the power 2, this attention's input held fixed.
        """
        network = load_model(model, "cpu")
        frames = self.store.array(self.handle, f"pixels/{network.config.image_size}")
        windows = Windows(len(frames), network.config.frames)
        indices = windows.indices[windows.of_frame[FRAME]]
        with torch.inference_mode():
            trace = network.trace(window_pixels(network, frames, indices[None]))
            found = trace.blocks[LAYER].attentions[axis]
            query, key = found.fixed_query, found.fixed_key
            if squared:
                assert found.ratio_query is not None and found.ratio_key is not None
                query, key = query * found.ratio_query, key * found.ratio_key
            sequences = to_sequences(query, axis), to_sequences(key, axis)
            return np.asarray(attention_weights(*sequences, network.config.attention))

    @functools.cached_property
    def position(self) -> int:
        windows = Windows(len(self.manifest["frames"]["index"]), 8)
        return int(windows.position_of_frame[FRAME])
