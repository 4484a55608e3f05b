"""What is deleted with a run, what stays for others, and who may read the files meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixviz.engine import AnalysisRequest, UploadRef
from fixviz.errors import RunNotFound, UnreadableVideo
from tests.engine.conftest import Bench


def upload(bench: Bench, content: str = "clip") -> UploadRef:
    return bench.engine.add_upload("my clip.mp4", content.encode(), "ann")


def analyzed(bench: Bench, ref: UploadRef, owner: str, **fields: object) -> str:
    request = AnalysisRequest.of_upload(ref, models=("nothing",), **fields)
    return bench.engine.submit(request, owner).result()


def test_the_video_goes_with_its_last_run(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    ref = upload(bench)
    ann = analyzed(bench, ref, "ann")
    longer = analyzed(bench, ref, "ann", end_s=2.0)
    bob = analyzed(bench, upload(bench), "bob")
    with pytest.raises(RunNotFound):
        bench.engine.delete_run(ann, "bob")
    for run, owner, stays in ((ann, "ann", True), (longer, "ann", True), (bob, "bob", False)):
        assert Path(ref.path).is_file()
        bench.engine.delete_run(run, owner)
        assert Path(ref.path).is_file() == stays
    files = [path for path in bench.home.rglob("*") if path.is_file()]
    left = {path.name for path in files if path.suffix != ".lock"}
    assert left <= {"clock"}, "neither maps nor notes of the jobs"


def test_the_video_stays_for_a_job_and_for_whom_hands_it_in_meanwhile(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    ref = upload(bench)
    ann = analyzed(bench, ref, "ann")
    waiting = bench.engine.submit(AnalysisRequest.of_upload(ref, models=("gated",)), "bob")
    bench.engine.delete_run(ann, "ann")
    assert Path(ref.path).is_file()
    waiting.cancel()
    again = analyzed(bench, ref, "ann")
    # Carl has handed it in, and still chooses which part he wants.
    used = Path(ref.path).stat().st_mtime
    upload(bench)
    os.utime(ref.path, (used + 1, used + 1))
    bench.engine.delete_run(again, "ann")
    assert Path(ref.path).is_file()


def test_an_upload_that_nothing_was_made_of_goes_after_a_day(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    used, failed = upload(bench), upload(bench, "text")
    analyzed(bench, used, "ann")
    with pytest.raises(UnreadableVideo):
        analyzed(bench, failed, "ann")
    housekeeper = bench.engine._housekeeper
    for hours, left in ((23, {used.path, failed.path}), (25, {used.path})):
        housekeeper._delete(time.time() + 3600 * hours)
        assert {str(path) for path in (bench.home / "uploads").iterdir()} == left


def test_an_own_file_of_the_computer_is_not_deleted(bench: Bench) -> None:
    request = bench.request("nothing")
    run = bench.engine.submit(request, "ann").result()
    bench.engine.delete_run(run, "ann")
    assert Path(request.video).is_file()


def test_nobody_else_on_the_computer_reads_uploads_handles_and_notes(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench()
    for folder in ("uploads", "handles"):
        (bench.home / folder).mkdir(parents=True)
        (bench.home / folder).chmod(0o755)
    old = os.umask(0o022)
    try:
        analyzed(bench, upload(bench), "ann")
    finally:
        os.umask(old)
    folders = {"uploads", "handles", "jobs", "runs", "artifacts", "scratch", "staging"}
    modes = {path.name: path.stat().st_mode & 0o777 for path in bench.home.iterdir()}
    assert {name: oct(modes[name]) for name in folders} == dict.fromkeys(folders, "0o700")
    files = [
        path
        for name in ("uploads", "handles", "jobs")
        for path in (bench.home / name).iterdir()
        if not path.name.startswith(".")  # being written
    ]
    assert len(files) == 3
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
