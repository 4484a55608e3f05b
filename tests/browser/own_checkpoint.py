"""A checkpoint of one's own, as somebody hands it in."""

from __future__ import annotations

from pathlib import Path

from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from tests.own_models.checkpoints import files_of, zipped


def packed_checkpoint(folder: Path) -> bytes:
    """A ZIP with a small network, "Tiny one", that is made in a folder."""
    config = ModelConfig(dim=16, depth=1, heads=2, frames=3, patch=6, stride=4, image_size=28)
    save_checkpoint(folder / "x", VideoTransformer(config), title="Tiny one", card="")
    return zipped(*files_of(folder / "x"))
