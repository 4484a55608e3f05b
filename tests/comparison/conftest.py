from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fixviz.settings import Settings
from fixviz.store import Store
from tests.comparison import made


@dataclass(frozen=True)
class Made:
    """A home with runs, and the folder of their data set."""

    home: Path
    store: Store
    handles: list[str]
    folder: Path


@pytest.fixture(scope="package")
def made_set(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("compared")
    store = Store(Settings(home=place / "home"))
    handles = made.publish(store)
    return Made(
        place / "home", store, handles, made.data_set(place / "sets" / "lab", store, handles)
    )
