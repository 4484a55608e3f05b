"""A decoding process reads files and hands back pictures; it can do little else, within limits."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixviz.engine.jobs import DecodeTask
from fixviz.errors import OptionError, WorkerCrashed
from fixviz.media import confine, process
from fixviz.media.decode import decode_clip
from fixviz.media.decord_frames import decord_installed
from fixviz.media.pool import KillablePool
from fixviz.settings import Settings
from fixviz.tasks.process import TaskProcess
from tests.media import misbehaving
from tests.media.drawn_videos import write_video

filtered = pytest.mark.skipif(
    confine._seccomp() is None, reason="this system has no filter of system calls (libseccomp)"
)
DENIED = os.strerror(1)


def attempt(what: str, target: object) -> str:
    """How it ended in the very processes that decode."""
    return process._pool.run(60, None, misbehaving.attempt, what, str(target))


@filtered
@pytest.mark.parametrize(
    "what",
    [
        *("run a program", "replace itself", "fork", "write a file", "append to a file"),
        *("open for both", "delete a file", "rename a file", "make a folder", "link"),
        *("change permissions", "kill its parent", "talk to a process", "make a pair of sockets"),
    ],
)
def test_what_a_decoder_does_not_need_is_refused(tmp_path: Path, what: str) -> None:
    file = tmp_path / "file"
    file.write_text("as it was")
    assert attempt(what, file) == DENIED
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "as it was"


@filtered
def test_a_decoder_reaches_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        assert attempt("connect", server.getsockname()[1]) == DENIED
        assert attempt("name a host", "") != "done"
        with pytest.raises(TimeoutError):
            server.accept()


@filtered
@pytest.mark.parametrize(
    ("what", "ended"),
    [("connect", DENIED), ("run a program", DENIED), ("fork", DENIED), ("delete a file", DENIED)],
)
def test_the_engines_decoder_is_confined_too_and_hands_back_a_file(
    tmp_path: Path, what: str, ended: str
) -> None:
    (tmp_path / "file").write_text("as it was")
    target = "9" if what == "connect" else str(tmp_path / "file")
    clip = tmp_path / "clip.pickle"
    task = DecodeTask("tests.media.misbehaving:attempt", what, {"target": target}, str(clip))
    child = TaskProcess()
    try:
        child.call(
            "fixviz.engine.decoding:decode",
            task,
            timeout_s=60,
            grace_s=1,
            stop=threading.Event(),
            abort=threading.Event(),
            on_event=lambda kind, content: None,
        )
    finally:
        child.kill()
    assert pickle.loads(clip.read_bytes()) == ended


def test_what_it_needs_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert attempt("start a thread", "") == "done"
    assert attempt("read its file", tmp_path / "file") == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_open_files_are_limited(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert attempt("open many files", tmp_path / "file") == os.strerror(24)


@pytest.fixture
def pool() -> Iterator[KillablePool]:
    pool = KillablePool(1, preload=(misbehaving.__name__,), memory_bytes=2**30, confined=True)
    yield pool
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_memory_is_limited_from_the_start_of_the_process_on(pool: KillablePool) -> None:
    """However much the libraries map when they are loaded."""
    with pytest.raises(MemoryError):
        pool.run(60, None, misbehaving.take_memory, 1.1)
    assert pool.run(60, None, misbehaving.take_memory, 0.8) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_processor_time_is_limited(pool: KillablePool) -> None:
    started = time.monotonic()
    with pytest.raises(WorkerCrashed):
        pool.run(200, None, misbehaving.use_the_processor, 1)
    assert time.monotonic() - started < 150


def test_where_the_filter_is_missing_the_log_says_so_once(monkeypatch, caplog) -> None:
    monkeypatch.setattr(confine, "_seccomp", lambda: None)
    confine.warn_of_missing.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            confine.warn_of_missing()
    confine.warn_of_missing.cache_clear()
    assert len(caplog.records) == 1
    assert "without a filter of system calls" in caplog.text


@pytest.mark.slow
def test_a_4k_film_needs_a_third_of_the_memory_that_a_decoder_may_take(tmp_path: Path) -> None:
    """The first frames are enough: what a decoder keeps does not grow with the length of the film."""
    film = write_video(
        tmp_path / "4k.mp4", size=(2160, 3840), frames=8, options={"preset": "ultrafast"}
    )
    pool = KillablePool(
        1, preload=("fixviz.media.decode",), memory_bytes=process._MEMORY_BYTES // 2, confined=True
    )
    try:
        clip = pool.run(200, None, decode_clip, film, settings=Settings(home=tmp_path))
    finally:
        pool.close()
    assert clip.frames.shape[1:3] == (360, 640) and clip.notes == ()


@pytest.mark.skipif(not decord_installed(), reason="decord has no wheel here")
def test_decord_is_not_used_for_frames_that_it_cannot_hold(tmp_path, settings, drawn_mp4) -> None:
    film = write_video(
        tmp_path / "large.mp4", size=(1280, 2048), frames=3, options={"preset": "ultrafast"}
    )
    with pytest.raises(OptionError, match=r"2048 x 1280.*use the decoder auto or pyav"):
        decode_clip(film, settings=settings, decoder="decord")
    assert (
        process.read_clip(drawn_mp4, settings=settings, decoder="decord").source.decoder == "decord"
    )


def test_running_out_of_memory_is_not_called_damage(drawn_mp4, settings, monkeypatch) -> None:
    import av

    from fixviz.media import pyav_frames

    class Decoder:
        thread_type = thread_count = has_b_frames = None

        def decode(self, packet):
            raise av.error.MemoryError(12, "Cannot allocate memory")

    monkeypatch.setattr(pyav_frames, "_decoder", lambda stream: Decoder())
    with pytest.raises(MemoryError):
        decode_clip(drawn_mp4, settings=settings)
