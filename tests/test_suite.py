"""What the suite itself promises: `-m "not browser"` starts no browser, and long files come first."""

from __future__ import annotations

import pytest


def drives_a_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


def test_what_drives_a_browser_is_marked(request: pytest.FixtureRequest) -> None:
    driving = [item for item in request.session.items if drives_a_browser(item)]
    assert [item.nodeid for item in driving if item.get_closest_marker("browser") is None] == []


def test_what_drives_a_browser_runs_first(request: pytest.FixtureRequest) -> None:
    order = [item.get_closest_marker("browser") is None for item in request.session.items]
    assert order == sorted(order)
