"""Decoders that hang, crash or eat memory end one call with one sentence; the next call works."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from fixviz import resources
from fixviz.errors import (
    DecodeTimeout,
    JobCancelled,
    OptionError,
    UnreadableVideo,
    VideoTooLarge,
    WorkerCrashed,
)
from fixviz.media import probe, process, read_clip
from fixviz.media.decode import decode_clip
from fixviz.media.decord_frames import decord_installed
from fixviz.media.pool import KillablePool
from fixviz.settings import Settings
from tests.media import misbehaving
from tests.media.drawn_videos import number_in

SAMPLE = resources.samples() / "meet-and-part.mp4"


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    pool = KillablePool(1, preload=(misbehaving.__name__,), memory_bytes=2 * 2**30)
    yield pool
    pool.close()


def test_the_warm_process_is_used_again(pool):
    first = pool.run(30, None, misbehaving.process_id)
    assert first != os.getpid()
    assert pool.run(30, None, misbehaving.process_id) == first


@pytest.mark.parametrize(
    "hang", [misbehaving.sleep_for_ever, misbehaving.hold_the_lock_for_ever], ids=["sleep", "lock"]
)
def test_a_hanging_process_is_killed_and_replaced(pool, hang):
    first = pool.run(30, None, misbehaving.process_id)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        pool.run(0.5, None, hang)
    assert time.monotonic() - started < 60
    assert pool.run(30, None, misbehaving.process_id) != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_crash_is_an_error_and_the_next_call_works(pool):
    with pytest.raises(WorkerCrashed):
        pool.run(30, None, misbehaving.crash)
    assert pool.run(30, None, misbehaving.process_id) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_memory_is_limited(pool):
    with pytest.raises(MemoryError):
        pool.run(30, None, misbehaving.take_memory, 3)
    assert pool.run(30, None, misbehaving.process_id) > 0


def test_processes_killed_while_idle_are_replaced(pool):
    killed = pool.run(30, None, misbehaving.process_id)
    os.kill(killed, 9)
    # Until the pool has noticed, which a busy computer may take long for.
    end = time.monotonic() + 60
    while psutil.pid_exists(killed):
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.5)
    assert pool.run(30, None, misbehaving.process_id) > 0


def test_stopping_on_request(pool):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(JobCancelled):
        pool.run(60, stop.is_set, misbehaving.hold_the_lock_for_ever)
    assert pool.run(30, None, misbehaving.process_id) > 0


def test_a_file_that_hangs_does_not_hold_up_another_one(drawn_mp4, settings, monkeypatch):
    probe(drawn_mp4, settings)
    monkeypatch.setattr(process, "decode_clip", misbehaving.hang_always)
    stop = threading.Event()
    errors: list[Exception] = []

    def read_hanging() -> None:
        try:
            read_clip(drawn_mp4, settings=settings, should_stop=stop.is_set)
        except JobCancelled as error:
            errors.append(error)

    hanging = threading.Thread(target=read_hanging)
    hanging.start()
    time.sleep(0.3)
    assert probe(drawn_mp4, settings).frame_count == 41
    assert hanging.is_alive()
    stop.set()
    hanging.join()
    assert len(errors) == 1


def test_read_clip_is_decode_clip_in_another_process(drawn_mp4, settings):
    here = decode_clip(drawn_mp4, rate_hz=11, start_s=0.5, settings=settings)
    there = read_clip(drawn_mp4, rate_hz=11, start_s=0.5, settings=settings)

    np.testing.assert_array_equal(here.frames, there.frames)
    assert here.source == there.source
    assert probe(drawn_mp4, settings) == here.source
    assert [number_in(frame) for frame in there.frames] == there.indices.tolist()


@pytest.mark.skipif(not decord_installed(), reason="decord has no wheel here")
def test_decord_tries_where_pyav_crashes(drawn_mp4, settings, monkeypatch):
    monkeypatch.setattr(process, "decode_clip", misbehaving.crash_unless_decord)

    assert read_clip(drawn_mp4, settings=settings).source.decoder == "decord"
    with pytest.raises(UnreadableVideo, match="The decoder crashed"):
        read_clip(drawn_mp4, settings=settings, decoder="pyav")


def test_what_hangs_is_a_timeout(drawn_mp4, settings, monkeypatch):
    monkeypatch.setattr(process, "decode_clip", misbehaving.hang_always)
    limited = Settings(home=settings.home, decode_timeout_s=1)

    with pytest.raises(DecodeTimeout, match=r"'drawn.mp4' took longer than 1 s and was stopped"):
        read_clip(drawn_mp4, settings=limited)
    monkeypatch.undo()
    assert len(read_clip(drawn_mp4, settings=settings)) == 14


def test_what_crashes_twice_is_called_damaged(drawn_mp4, settings, monkeypatch):
    monkeypatch.setattr(process, "decode_clip", misbehaving.crash_always)

    with pytest.raises(UnreadableVideo, match=r"The decoder crashed on 'drawn.mp4'"):
        read_clip(drawn_mp4, settings=settings)


def test_errors_of_the_decoder_arrive_as_they_are(drawn_mp4, tmp_path, settings):
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(UnreadableVideo, match=r"'text.mp4' is not a video"):
        read_clip(tmp_path / "text.mp4", settings=settings)
    with pytest.raises(UnreadableVideo, match="There is no file"):
        probe(tmp_path / "nowhere.mp4", settings)
    with pytest.raises(OptionError, match="The start 9 s is outside the video"):
        read_clip(drawn_mp4, start_s=9, settings=settings)
    with pytest.raises(VideoTooLarge):
        probe(drawn_mp4, Settings(home=tmp_path, max_seconds=1))


def run_script(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(textwrap.dedent(text))
    return subprocess.run(
        [sys.executable, str(folder / "script.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_script_needs_no_main_guard(drawn_mp4, tmp_path):
    done = run_script(
        tmp_path,
        f"""
        print("script runs")
        from fixviz.media import read_clip
        print(len(read_clip({str(drawn_mp4)!r})), "frames")
        import sys
        assert sys.modules["__main__"].__file__.endswith("script.py")
        """,
    )
    assert done.stdout.splitlines() == ["script runs", "14 frames"], done.stderr
    assert done.returncode == 0


def test_a_hanging_decoder_does_not_keep_the_program_from_ending(tmp_path):
    done = run_script(
        tmp_path,
        f"""
        import sys, threading, time
        sys.path.insert(0, {str(Path(misbehaving.__file__).parents[2])!r})
        from tests.media import misbehaving
        from fixviz.media.pool import KillablePool
        pool = KillablePool(1)
        print(pool.run(30, None, misbehaving.process_id))
        call = (600, None, misbehaving.hold_the_lock_for_ever)
        threading.Thread(target=pool.run, args=call, daemon=True).start()
        time.sleep(1)
        """,
    )
    assert done.returncode == 0, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_a_process_that_may_not_start_others_decodes_by_itself(drawn_mp4, tmp_path):
    done = run_script(
        tmp_path,
        f"""
        import multiprocessing
        from fixviz.media import read_clip

        def work(queue):
            queue.put(len(read_clip({str(drawn_mp4)!r})))

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            queue = context.Queue()
            context.Process(target=work, args=(queue,), daemon=True).start()
            print(queue.get(timeout=40))
        """,
    )
    assert done.stdout.strip() == "14", done.stderr


def test_media_imports_neither_torch_nor_decord(tmp_path):
    done = run_script(
        tmp_path,
        """
        import sys
        import fixviz.media.process, fixviz.media.encode, fixviz.media.overlay
        print(sorted({"torch", "decord"} & set(sys.modules)))
        """,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_relative_path_is_that_of_the_caller_also_after_it_went_to_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    process.warm_up()
    probe(SAMPLE)  # The decoding process has started, in the folder of the tests.
    (tmp_path / "moved.mp4").write_bytes(SAMPLE.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert probe("moved.mp4").name == "moved.mp4"
    assert len(read_clip("moved.mp4", end_s=0.5)) == 4
