"""What the suite itself promises: `-m "not browser"` starts no browser, and long files come first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import LONGEST


def drives_a_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


def test_what_drives_a_browser_is_marked(request: pytest.FixtureRequest) -> None:
    driving = [item for item in request.session.items if drives_a_browser(item)]
    assert [item.nodeid for item in driving if item.get_closest_marker("browser") is None] == []


def test_long_files_run_first_and_then_what_drives_a_browser(
    request: pytest.FixtureRequest,
) -> None:
    order = [
        (item.path.name not in LONGEST, item.get_closest_marker("browser") is None)
        for item in request.session.items
    ]
    assert order == sorted(order)


def test_files_that_are_called_long_exist() -> None:
    found = {path.name for path in Path(__file__).parent.rglob("test_*.py")}
    assert set(LONGEST) <= found


def test_an_address_is_waited_for() -> None:
    """It follows a click a moment later, on a busy computer much later: expect(page).to_have_url(...)."""
    found = re.compile(r"assert .*\w\.url (?:==|!=)|assert .* in \w+\.url|assert \w+\.url\.")
    files = sorted((Path(__file__).parent / "browser").glob("test_*.py"))
    assert {f.name: told for f in files if (told := found.findall(f.read_text("utf-8")))} == {}


def test_conditions_in_the_browser_are_functions() -> None:
    """An expression is evaluated at every look, which the app's content policy blocks from the second on."""
    found = re.compile(r"wait_for_function\(\s*f?\"(?![\w() ]*=>)[^\"]*")
    files = sorted((Path(__file__).parent / "browser").glob("*.py"))
    assert [(file.name, found.findall(file.read_text("utf-8"))) for file in files] == [
        (file.name, []) for file in files
    ]
