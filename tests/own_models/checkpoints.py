"""A checkpoint that is small enough to be tried out at once, and its files as people hand them in."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from fixviz.model.config import ModelConfig

CONFIG = ModelConfig(
    dim=16, depth=2, heads=2, head_hidden=11, num_classes=3, class_names=("up", "down", "still"),
    frames=5, patch=6, stride=4, image_size=28, fixation="cooperative",
)  # fmt: skip


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], packed: bool = True) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in entries:
            archive.writestr(name, data, kind)
    return buffer.getvalue()


def files_of(folder: Path, prefix: str = "") -> list[tuple[str, bytes]]:
    return [(prefix + path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
