"""Make the engine that analyzes many clips: as many model workers as pay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from fixviz.engine import AnalysisRequest, Engine
from fixviz.engine.estimate import LITTLE_WORK, rough_work
from fixviz.engine.machine import free_bytes, may_have_gpu, threads
from fixviz.engine.plan import Checkpoints, find_models
from fixviz.model.config import read_config
from fixviz.settings import Settings
from fixviz.store import Store

MOST_WORKERS: Final = 16
"""One process decodes for all of them, and one writes their rows."""
_WORKER_BYTES: Final = 1_500_000_000
"""Memory of a model worker with small models, and of what it makes of the longest clip that it takes."""
_WIDE: Final = 9, 16
"""Height and width of a picture as wide as most are."""


def engine_for(settings: Settings, store: Store, request: AnalysisRequest, clips: int) -> Engine:
    """Return an engine for so many clips, each analyzed as the request says.

    Where a clip is little work for a processor, each core has a clip of its own; else all share one.

    Raises OptionError, UnknownModel, CheckpointError for a request that cannot work with any clip.
    """
    describe = Checkpoints(settings)
    models = find_models(request, settings, describe)
    configs = [read_config(Path(model.folder)).config for model in models]
    shown = [replace(config, image_size=request.size or config.image_size) for config in configs]
    most = rough_work(shown, request.frames or settings.max_frames, *_WIDE)
    workers = 1
    if most < LITTLE_WORK and not _on_gpu(request.device):
        workers = max(1, min(threads(), clips, MOST_WORKERS, free_bytes() // _WORKER_BYTES))
    return Engine(settings, store, describe_model=describe, workers=workers)


def _on_gpu(device: str) -> bool:
    return device.startswith("cuda") or (device == "auto" and may_have_gpu())
