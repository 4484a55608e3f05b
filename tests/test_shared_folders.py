"""What happens to tests of a folder beside the clone when it is there, missing, and missing in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.fixture
def videos(shared_folder):
    return shared_folder("videos")

@pytest.mark.parametrize("number", [1, 2])
def test_videos(videos, number):
    assert (videos / "one.mp4").is_file()

def test_another(shared_folder):
    pytest.skip("unlucky") if shared_folder("files") else None

def test_alone():
    pass
"""


@pytest.fixture
def clone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A clone in a folder of its own, with the mechanism and three tests."""
    monkeypatch.delenv("CI", raising=False)
    source = Path(__file__).with_name("shared_folders.py").read_text(encoding="utf-8")
    root = pytester.mkdir("clone")
    (root / "conftest.py").write_text(source, encoding="utf-8")
    (root / "test_it.py").write_text(TESTS, encoding="utf-8")
    return pytester


def run(clone: pytest.Pytester, *which: str) -> pytest.RunResult:
    return clone.runpytest("-ra", "--rootdir=clone", *(which or ("clone",)))


def make_shared(clone: pytest.Pytester, *names: str) -> None:
    for name in names:
        (clone.path / "shared" / name).mkdir(parents=True)
        (clone.path / "shared" / name / "one.mp4").touch()


def test_a_missing_folder_skips_by_name_and_passes_outside_ci(clone: pytest.Pytester) -> None:
    result = run(clone)
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["*SKIPPED*the folder ../shared/videos is not there*"])
    assert result.ret == pytest.ExitCode.OK


def test_a_missing_folder_fails_in_ci_by_name(
    clone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    make_shared(clone, "videos")
    result = run(clone)
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["FAILED: every test of the folder ../shared/files was skipped*"])
    result.stdout.no_fnmatch_line("FAILED*videos*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_folder_that_is_there_while_its_tests_skip_fails_in_ci(
    clone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shared(clone, "videos", "files")
    monkeypatch.setenv("CI", "true")
    assert run(clone).ret == pytest.ExitCode.TESTS_FAILED
    monkeypatch.setenv("CI", "false")
    assert run(clone).ret == pytest.ExitCode.OK


def test_a_session_without_such_tests_passes_in_ci(
    clone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(clone, "clone/test_it.py::test_alone").ret == pytest.ExitCode.OK
