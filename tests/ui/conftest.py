from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.services import forget, services
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


@pytest.fixture
def waiting_jobs(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No job gets its turn, so that all wait until they are cancelled; the engine ends with the test."""
    for loop in ("_decode_loop", "_model_loop"):
        monkeypatch.setattr(f"fixviz.engine.lane.Lane.{loop}", lambda *_: None)
    yield
    services().engine.close()
    forget()


@pytest.fixture(autouse=True)
def no_incident(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a page told an error by its number, which no test of the page itself would see.

    A test that causes one on purpose is marked `incident`.
    """
    found: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    logger = logging.getLogger("fixviz.ui.incidents")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert found == [] or request.node.get_closest_marker("incident")
