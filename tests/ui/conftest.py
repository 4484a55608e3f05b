from __future__ import annotations

from pathlib import Path

import pytest

from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import synthetic_run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of the app that the test opens: an empty home."""
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    return Store(Settings(home=tmp_path))


@pytest.fixture
def handle(store: Store) -> str:
    """A run in it that no model made."""
    return store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
