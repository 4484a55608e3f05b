"""A run that the real worker made: noise as the clip, a tiny model with random weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from fixviz.engine import AnalysisRequest, Engine
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

MODEL = "fixed"
"""Its name in the run: 2 layers, windows of 3 frames, 5 x 8 patches."""


class RealRun(NamedTuple):
    """The engine that made the run, its store and settings, and the run's handle."""

    store: Store
    engine: Engine
    run: str
    settings: Settings


@contextmanager
def real_run(folder: Path) -> Iterator[RealRun]:
    """7 frames, analyzed by a model with fixation and neighbors; its home lies below `folder`."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 46, 74, 3), dtype=np.uint8)
    encode_mp4(folder / "noise.mp4", pixels, 10)
    torch.manual_seed(0)
    config = ModelConfig(
        dim=32,
        depth=2,
        frames=3,
        image_size=23,
        patch=6,
        stride=5,
        fixation="cooperative",
        temporal_shift=True,
    )
    save_checkpoint(folder / MODEL, VideoTransformer(config), title="Fixed", card="")
    settings = Settings(home=folder / "home")
    store = Store(settings)
    with Engine(settings, store) as engine:
        request = AnalysisRequest(str(folder / "noise.mp4"), (str(folder / MODEL),), frames=7)
        yield RealRun(store, engine, engine.run(request), settings)
