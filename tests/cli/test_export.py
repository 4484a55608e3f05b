"""What the app's button makes: the run in the view on the page, for whoever saves it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fixviz.engine import Engine
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import OwnModels
from fixviz.reading.run import RunContent
from fixviz.reading.sharing import SharedCache
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.teaching.examples import ExampleSets
from fixviz.ui.one_file_button import one_file_maker
from fixviz.ui.services import Services
from tests.ui.page import open_page
from tests.ui.synthetic import synthetic_run


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


def test_the_button_saves_the_view_on_the_page(settings: Settings) -> None:
    store, models = Store(settings), OwnModels(settings)
    handle = store.publish("a" * 64, *synthetic_run(), owner="me", name="orbit.mp4")
    with Engine(settings, store) as engine:
        loader = CheckpointLoader(models)
        examples, shared = ExampleSets(settings), SharedCache[RunContent](1_000_000)
        ours = Services(settings, store, engine, models, loader, examples, shared)
        made = one_file_maker(ours, handle, {"frame": "5", "show": "row"}, "me")().decode()
    data = re.search(r'id="data">(.*?)</script>', made)
    assert data is not None
    assert json.loads(data[1])["view"] == {"frame": "5", "show": "row"}
    assert handle not in made


def test_the_button_stands_on_watch(settings: Settings) -> None:
    handle = Store(settings).publish("a" * 64, *synthetic_run(), owner="me", name="orbit.mp4")
    at = open_page("inspect/watch", handle)
    assert "One file" in [block.proto.popover.label for block in at.get("popover")]
