"""`fixviz analyze` for many clips, from outside: killed, interrupted, and with clips that fail."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.progress import Progress
from fixviz.batch.work import ClipEnd
from fixviz.cli.analyze import command
from fixviz.errors import OptionError, UnreadableVideo
from fixviz.tasks.status import JobStatus
from tests.batch.conftest import CLIPS, Analyzed, Library
from tests.batch.rows import clips, content, files, rows

PATIENCE_S = 120.0


def start(library: Library, home: Path, out: Path, *more: object) -> subprocess.Popen[str]:
    args = ("analyze", library.clips, "--out", out, "--models", ",".join(library.models))
    return subprocess.Popen(
        [sys.executable, "-m", "fixviz", *map(str, (*args, "--frames", 5, *more))],
        env={**os.environ, "FIXVIZ_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_here(library: Library, monkeypatch: pytest.MonkeyPatch, out: Path, *more: object):
    """Run the command in this process, with the home in which all runs are stored."""
    monkeypatch.setenv("FIXVIZ_HOME", str(library.settings.home))
    args = ["--out", out, "--models", ",".join(library.models), "--frames", 5, *more]
    return CliRunner().invoke(command, [str(arg) for arg in args])


@pytest.mark.slow
def test_a_command_that_was_killed_goes_on_where_it_was(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    """Killed when the first run is stored; the data set is that of a command that nobody stopped."""
    home, out = tmp_path / "home", tmp_path / "out"
    process = start(library, home, out)
    end = time.monotonic() + PATIENCE_S
    while not list((home / "handles").glob("*.json")):
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    before = len(list((home / "handles").glob("*.json")))
    process = start(library, home, out)
    said, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    assert len(list((home / "handles").glob("*.json"))) == len(CLIPS)
    assert f"{len(CLIPS) - before} computed now" in said or before == len(CLIPS)
    found, expected = content(out), content(analyzed.out)
    for table in found:
        for row in (*found[table], *expected[table]):
            for when in ("seconds", "created"):
                row.pop(when, None)
        assert found[table] == expected[table], table
    assert {row["run"] for row in clips(out).values()} == {e.run for e in analyzed.ends}


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Have SIGINT interrupt, as in a terminal, whatever started this process or ran in it before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupting")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_keeps_what_is_done_and_says_so(
    library: Library,
    analyzed: Analyzed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: signal.Signals,
) -> None:
    out, handler = tmp_path / "out", signal.getsignal(how)
    monkeypatch.setattr(Progress, "count", lambda self, end: os.kill(os.getpid(), how))
    result = run_here(library, monkeypatch, out, library.clips)
    assert result.exit_code == 130
    assert re.search(r"Stopped\. 0 of 3 clips were looked at, .* keeps what is done", result.stderr)
    assert result.stdout == ""
    assert len(rows(out, "runs")) == 1
    assert signal.getsignal(how) is handler
    monkeypatch.undo()
    assert run_here(library, monkeypatch, out, library.clips).exit_code == 0
    assert files(out) == files(analyzed.out)


def test_clips_that_fail_are_exit_code_1_and_stand_in_a_file(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library.copy(tmp_path / "clips")
    (folder / "text.mp4").write_text("not a video " * 100)
    (folder / "notes.txt").touch()
    out = tmp_path / "out"
    result = run_here(library, monkeypatch, out, folder)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"{out}: 3 stored as runs before", f"{out}/errors.csv"]
    assert "Left out 1 entry: " in result.stderr
    assert "notes.txt (no video: its name ends in .txt)" in result.stderr
    assert "1 clip could not be read or analyzed" in result.stderr
    assert "text.mp4" in (out / "errors.csv").read_text()
    (folder / "text.mp4").unlink()
    again = run_here(library, monkeypatch, out, folder)
    assert again.exit_code == 0, "of the clips that it was asked for, none failed"
    assert "text.mp4" in (out / "errors.csv").read_text(), "it has failed and was not tried again"


def test_one_more_video_joins_a_data_set(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    one, two, three = (library.clips / name for name in CLIPS)
    assert run_here(library, monkeypatch, out, one, two).exit_code == 0
    assert len(rows(out, "runs")) == 2
    result = run_here(library, monkeypatch, out, three)
    assert result.exit_code == 0, result.output
    assert files(out) == files(analyzed.out)


def test_a_folder_with_the_results_of_one_clip_is_left_alone(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    one, two, _ = (library.clips / name for name in CLIPS)
    assert run_here(library, monkeypatch, out, one).exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for more in ((two,), (one, two)):
        result = run_here(library, monkeypatch, out, *more)
        assert isinstance(result.exception, OptionError)
        assert "name another folder, or add --overwrite to replace them." in str(result.exception)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert run_here(library, monkeypatch, out, one, two, "--overwrite").exit_code == 0
    assert not set(before) & {path.name for path in out.iterdir()}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--estimate",), "--estimate looks at one video"),
        (("--masks", "masks.zip"), "--masks belongs to one video"),
        (("--models", "sofmax"), "no model 'sofmax'"),
        (("--start", "3", "--end", "1"), "must be after the start"),
        (("--frames", "0"), "0 frames"),
    ],
)
def test_what_no_clip_can_be_analyzed_with_is_told_before_any(
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    sentence: str,
) -> None:
    result = run_here(library, monkeypatch, tmp_path / "out", library.clips, *more)
    assert isinstance(result.exception, OptionError | Exception)
    assert sentence in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_the_quota_of_visitors_does_not_count(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_MAX_RUNS", "1")
    monkeypatch.setenv("FIXVIZ_MAX_STORED_MB", "1")
    assert run_here(library, monkeypatch, tmp_path / "out", library.clips).exit_code == 0


def test_progress_says_how_long_the_rest_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    clip = ClipRow(Path("a.mp4"), "a.mp4")
    progress = Progress(10, lines=True)
    assert progress.line() == "[                        ] 0 of 10 clips"
    progress.count(ClipEnd(clip, "there"))
    assert progress.left_s() is None, "what was there took no time"
    for _ in range(3):
        now += 8
        progress.count(ClipEnd(clip, "computed"))
    assert progress.left_s() == pytest.approx(8 * 6)
    progress.show(clip, JobStatus("running", progress=0.5))
    assert progress.left_s() == pytest.approx(8 * 5.5)
    progress.count(ClipEnd(clip, "failed", error=UnreadableVideo("'a.mp4' is empty.")))
    assert (
        progress.line()
        == "[############            ] 5 of 10 clips, 1 failed, about 30 s left  a.mp4"
    )
    lines = capsys.readouterr().err.splitlines()
    assert "'a.mp4' is empty." in lines
    assert len(lines) <= 4, "a line every ten seconds, where no terminal shows it"


def test_a_terminal_shows_one_line_that_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    clip = ClipRow(Path("long.mp4"), "long-name-" * 9 + "\n.mp4")
    with Progress(2, lines=False) as progress:
        progress.show(clip, JobStatus("running", progress=0.5))
        progress.count(ClipEnd(clip, "computed"))
    shown = capsys.readouterr().err
    assert shown.endswith("\n") and shown.count("\n") == 1
    assert all(len(line) <= 39 for line in shown.rstrip("\n").split("\r"))
