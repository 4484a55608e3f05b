"""The app's configuration file agrees with the settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

from fixviz.settings import Settings

CONFIG = tomllib.loads(
    (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text()
)


def test_the_server_takes_uploads_as_large_as_the_default_limits() -> None:
    settings = Settings()
    largest = max(settings.max_upload_mb, settings.max_checkpoint_mb)
    assert CONFIG["server"]["maxUploadSize"] == largest


def test_no_collection_after_every_rerun_and_no_statistics() -> None:
    assert CONFIG["runner"]["postScriptGC"] is False
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_streamlit_run_does_not_watch_the_source() -> None:
    assert CONFIG["server"]["fileWatcherType"] == "none"


def test_both_appearances_are_designed() -> None:
    light, dark = CONFIG["theme"]["light"], CONFIG["theme"]["dark"]
    assert light.keys() == dark.keys()
    assert (
        "http"
        not in (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text()
    )
