"""An error that nobody expected: one sentence with a number for the visitor, the details in the log."""

from __future__ import annotations

import logging
import re
import runpy
from pathlib import Path
from unittest.mock import patch

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from fixviz.ui.security.requests import Requests
from tests.ui.page import open_page

pytestmark = pytest.mark.incident

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"the number ([a-z0-9]{8})\.")
SECRET = "/srv/secret/model.safetensors"


def broken(*_: object, **__: object) -> None:
    raise RuntimeError(f"no such file: {SECRET}")


def everything(at: AppTest) -> str:
    return "".join(str(element.proto) for block in (at.main, at.sidebar) for element in block)


def test_a_page_that_fails_tells_a_number_and_nothing_of_the_server(
    handle: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fixviz.ui.library.page.show", broken)
    with caplog.at_level(logging.ERROR, "fixviz.ui.incidents"):
        at = open_page("manage/library")
    number = NUMBER.search(at.error[-1].value)
    assert number
    shown = everything(at)
    assert SECRET not in shown
    assert "Traceback" not in shown
    assert "RuntimeError" not in shown
    assert number[1] in [getattr(record, "incident", "") for record in caplog.records]
    assert SECRET in caplog.text
    assert "Traceback" in caplog.text


def test_two_errors_have_two_numbers(handle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixviz.ui.library.page.show", broken)
    first, second = (open_page("manage/library").error[0].value for _ in range(2))
    assert NUMBER.search(first)[1] != NUMBER.search(second)[1]


def test_a_part_that_runs_again_by_itself_tells_its_errors_too(
    handle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixviz.ui.watch.opened.viewer", broken)
    at = open_page("inspect/watch", handle)
    assert NUMBER.search(at.error[0].value)
    assert at.title[0].value == "orbit.mp4", "the rest of the page is there"


def test_a_route_that_fails_answers_with_a_number(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_request: Request) -> Response:
        broken()
        raise AssertionError

    server = Starlette(routes=[Route("/x", fails)], middleware=[Middleware(Requests)])
    answer = TestClient(server, raise_server_exceptions=False).get("/x")
    assert answer.status_code == 500
    number = NUMBER.search(answer.json()["error"])
    assert number
    assert number[1] in caplog.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("launcher", ["app.py", "deploy/community_cloud/app.py"])
def test_an_error_of_a_callback_has_a_number_too(
    launcher: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    told = runpy.run_path(str(ROOT / launcher))["app"]._on_script_error

    def script() -> None:
        import streamlit as st

        st.button("Break", on_click=st.session_state["callback"])

    at = AppTest.from_function(script)
    at.session_state["callback"] = broken
    at.run()
    # AppTest takes no handler, so it is handed to the function that asks for one.
    with (
        patch("streamlit.error_util.invoke_script_error_handler", lambda error, _: told(error)),
        caplog.at_level(logging.ERROR, "fixviz.ui.incidents"),
    ):
        at.button[0].click().run()
    assert not at.exception
    assert NUMBER.search(at.error[0].value)
    assert SECRET not in everything(at)
    assert SECRET in caplog.text
