from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fixviz.settings import Settings
from fixviz.store import Store, run_key

KEY = run_key("a" * 64, {"rate_hz": 8.0}, [("linear", "b" * 64)], {})
OTHER_KEY = run_key("a" * 64, {"rate_hz": 4.0}, [("linear", "b" * 64)], {})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Store:
    return Store(Settings(home=home))


def manifest(name: str = "clip.mp4") -> dict[str, object]:
    return {
        "schema": 1,
        "clip": {"name": name, "width": 341},
        "models": [{"name": "linear"}, {"name": "softmax"}],
        "frames": {"index": [0, 3, 7]},
    }


def arrays(seed: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    maps = rng.random((3, 5, 7)).astype(np.float16)
    maps[1, 2, 3] = np.nan
    return {"linear/spatial/map": maps, "linear/spatial/metrics": rng.random((2, 11))}


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(17))
FILES = {"frame/0000": PNG, "frame/0001": b"RIFF\x13\0\0\0WEBPVP8 "}


def tree(folder: Path) -> set[str]:
    """All files below a folder, but the lock."""
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    return names - {"store.lock"}
