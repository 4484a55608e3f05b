from __future__ import annotations

from pathlib import Path

from tests.engine.conftest import bench, make_bench, survivor
from tests.store.conftest import home, store

__all__ = ["bench", "flip", "home", "make_bench", "store", "survivor"]


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file; its size stays."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
