"""Workers start beside the server, but the first visitor does not wait for them."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from fixviz.ui import warm_up
from tests.ui.page import open_page


class Engine:
    """Notes that it was asked to warm up."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def warm_up(self) -> None:
        self.asked.set()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(warm_up, "_shown", threading.Event())
    monkeypatch.setattr(warm_up, "samples", lambda: ())
    return Engine()


def services(engine: Engine) -> Any:
    return SimpleNamespace(engine=engine)


def test_the_workers_wait_until_a_page_is_shown(engine: Engine, store: object) -> None:
    warm_up.start(services(engine))
    assert not engine.asked.wait(0.5)
    open_page("manage/models")
    assert engine.asked.wait(60)


def test_without_a_visitor_they_start_after_a_while(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "_LONGEST_WAIT_S", 0.2)
    begin = time.monotonic()
    warm_up.start(services(engine))
    assert engine.asked.wait(60)
    assert time.monotonic() - begin >= 0.2
