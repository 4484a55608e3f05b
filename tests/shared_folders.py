"""Tests that read a folder beside the clone, ../shared/NAME: skipped without it, but not in CI.

A test asks with the fixture `shared_folder`. Where the folder is not there the test is skipped, and
the reason names the folder. With CI set, a session in which all tests of a folder were skipped
fails: a check that nobody runs is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_PROPERTY = "shared_folder"
_RAN = pytest.StashKey[dict[str, bool]]()


@pytest.fixture
def shared_folder(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Give the path of ../shared/NAME for a name, or skip the test."""

    def find(name: str) -> Path:
        request.node.user_properties.append((_PROPERTY, name))
        folder = request.config.rootpath.parent / "shared" / name
        if not folder.is_dir():
            pytest.skip(f"the folder ../shared/{name} is not there")
        return folder

    return find


class _Witness:
    """Notes for each folder whether a test that asked for it ran."""

    def __init__(self, config: pytest.Config) -> None:
        self.ran = config.stash[_RAN] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        for key, name in report.user_properties:
            if key == _PROPERTY:
                self.ran[str(name)] = self.ran.get(str(name), False) or not report.skipped


def _unchecked(config: pytest.Config) -> list[str]:
    """Folders of which all tests were skipped, in CI; else none."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        return []
    return [name for name, ran in config.stash[_RAN].items() if not ran]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Witness(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _unchecked(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in _unchecked(terminalreporter.config):
        terminalreporter.write_line(
            f"FAILED: every test of the folder ../shared/{name} was skipped, and CI is set",
            red=True,
        )
