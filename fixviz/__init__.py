"""fixviz: see, measure and understand how a video Transformer pays attention.

The names below load their modules on first use, so importing fixviz costs nothing and the app's
server never loads torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fixviz.version import __version__

if TYPE_CHECKING:
    from fixviz.analysis.trace import trace
    from fixviz.batch.lazy import analyze
    from fixviz.media.clip import Clip
    from fixviz.media.process import read_clip
    from fixviz.model.checkpoints import load_model
    from fixviz.model.config import ModelConfig
    from fixviz.model.official import import_official_checkpoint
    from fixviz.model.transformer import VideoTransformer

_HOMES = {
    "Clip": "fixviz.media.clip",
    "ModelConfig": "fixviz.model.config",
    "VideoTransformer": "fixviz.model.transformer",
    "analyze": "fixviz.batch.lazy",
    "import_official_checkpoint": "fixviz.model.official",
    "load_model": "fixviz.model.checkpoints",
    "read_clip": "fixviz.media.process",
    "trace": "fixviz.analysis.trace",
}

__all__ = [
    "Clip",
    "ModelConfig",
    "VideoTransformer",
    "__version__",
    "analyze",
    "import_official_checkpoint",
    "load_model",
    "read_clip",
    "trace",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fixviz' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
