"""The log of the server: lines for people, JSON for machines, and no handles."""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from fixviz import logs
from fixviz.settings import Settings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger, hook = logging.getLogger("fixviz"), threading.excepthook
    handlers, level = logger.handlers, logger.level
    logger.handlers = []
    yield
    logger.handlers, threading.excepthook = handlers, hook
    logger.setLevel(level)


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_people_read_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings())
    logging.getLogger("fixviz.engine").warning(
        "A job %s", "failed", extra={"seconds": 1.5, "kind": "x"}
    )
    (line,) = written(capsys)
    date, time, rest = line.split(" ", 2)
    assert (len(date), len(time)) == (10, 8)
    assert rest == "WARNING fixviz.engine: A job failed (seconds=1.5, kind=x)"


def test_notes_of_libraries_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Ray puts its own time stamp into every record of a process that has loaded it."""
    make = logging.getLogRecordFactory()

    def noted(*args: Any, **values: Any) -> logging.LogRecord:
        record = make(*args, **values)
        record.__dict__["_ray_timestamp_ns"] = 1
        return record

    logging.setLogRecordFactory(noted)
    try:
        logs.configure(Settings())
        logging.getLogger("fixviz.engine").warning("Slow", extra={"seconds": 1.5})
    finally:
        logging.setLogRecordFactory(make)
    (line,) = written(capsys)
    assert line.endswith("WARNING fixviz.engine: Slow (seconds=1.5)")


def test_machines_read_one_json_object_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log="json"))
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("fixviz.store").exception(
            "Größe\nunknown", extra={"count": 3, "of": [1, 2]}
        )
    logging.getLogger("fixviz.store").info("fine")
    first, second = map(json.loads, written(capsys))
    assert first.pop("time").endswith("+00:00")
    trace = first.pop("exception")
    assert trace.startswith("Traceback") and trace.endswith("ValueError: two\nlines")
    assert first == {
        "level": "error",
        "logger": "fixviz.store",
        "message": "Größe\nunknown",
        "count": 3,
        "of": [1, 2],
    }
    assert second["message"] == "fine"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_handle_is_written_unless_somebody_debugs(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Not even in a traceback; names of Python stay."""
    handles = [secrets.token_urlsafe(16) for _ in range(200)]
    harmless = "concentration_targets_ CONCENTRATION_TARGETS_"

    def log_all() -> str:
        for handle in handles:
            try:
                raise OSError(f"/home/handles/{handle}.json")
            except OSError:
                logging.getLogger("fixviz.store").exception(
                    "run=%s %s", handle, harmless, extra={"at": f"/{handle}"}
                )
        return capsys.readouterr().err

    logs.configure(Settings(log=form))
    text = log_all()
    assert not any(handle in text for handle in handles)
    assert text.count(harmless) == len(handles)
    logs.configure(Settings(log=form, log_level="debug"))
    text = log_all()
    assert all(text.count(handle) >= 3 for handle in handles)


def test_the_level_is_kept_and_a_second_call_doubles_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(Settings())
    logs.configure(Settings(log_level="warning"))
    logging.getLogger("fixviz.store").info("quiet")
    logging.getLogger("fixviz.store").warning("loud")
    assert [line.rpartition(": ")[2] for line in written(capsys)] == ["loud"]


def test_a_thread_that_ends_by_an_error_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log="json"))

    def fail() -> None:
        raise KeyError("spatial")

    thread = threading.Thread(target=fail, name="fixviz-model-cpu")
    thread.start()
    thread.join()
    (line,) = written(capsys)
    found = json.loads(line)
    assert found["thread_name"] == "fixviz-model-cpu"
    assert found["exception"].endswith("KeyError: 'spatial'")


def test_with_json_every_line_of_the_server_is_json() -> None:
    """Of Streamlit, its web server and Python's warnings too; in a process, since it stays so."""
    code = """
import logging, warnings
import streamlit.logger
from fixviz.settings import Settings
from fixviz.ui.operations import server_log
before = streamlit.logger.get_logger("streamlit.before")
server_log.configure(Settings.from_env())
before.info("before")
streamlit.logger.get_logger("streamlit.after").warning("after")
streamlit.logger.update_formatter()
logging.getLogger("uvicorn.error").error("web")
logging.getLogger("uvicorn.access").info("GET /watch?run=...")
warnings.warn("old")
logging.getLogger("fixviz.store").info("own")
"""
    env = {"FIXVIZ_LOG": "json", "FIXVIZ_MAX_FRAME": "3"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in found if "UserWarning" not in line["message"]] == [
        "FIXVIZ_MAX_FRAME is not a setting of fixviz and changes nothing",
        *("before", "after", "web", "own"),
    ]
    assert len(found) == 6
