"""Functions that do in a worker process what bad decoders do."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fixviz.media.clip import Clip
from fixviz.media.confine import limit_processor_time
from fixviz.media.decode import decode_clip


def process_id() -> int:
    return os.getpid()


def sleep_for_ever() -> None:
    time.sleep(10_000)


def hold_the_lock_for_ever() -> None:
    """PyDLL keeps Python's global lock while C code runs, as decord's get_batch does."""
    ctypes.PyDLL(None).sleep(10_000)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(10)


def take_memory(gigabytes: float) -> int:
    return len(np.zeros(int(gigabytes * 2**30), dtype=np.uint8))


def crash_unless_decord(path: Any, *, decoder: str = "auto", **options: Any) -> Clip:
    if decoder != "decord":
        crash()
    return decode_clip(path, decoder="decord", **options)


def hang_always(path: Any, **options: Any) -> Clip:
    hold_the_lock_for_ever()
    raise AssertionError


def crash_always(path: Any, **options: Any) -> Clip:
    crash()
    raise AssertionError


def attempt(what: str, target: str) -> str:
    """Do what a file that has taken over its decoder would do; say how it ended."""
    attempts: dict[str, Callable[[], object]] = {
        "connect": lambda: socket.create_connection(("127.0.0.1", int(target)), 2),
        "name a host": lambda: socket.getaddrinfo("example.org", 80),
        "talk to a process": lambda: socket.socket(socket.AF_UNIX),
        "make a pair of sockets": socket.socketpair,
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "replace itself": lambda: os.execv("/bin/true", ["true"]),
        "fork": fork_and_end,
        "write a file": lambda: Path(target).write_text("x"),
        "append to a file": lambda: os.open(target, os.O_APPEND | os.O_WRONLY),
        "open for both": lambda: os.open(target, os.O_RDWR),
        "delete a file": lambda: Path(target).unlink(),
        "rename a file": lambda: Path(target).rename(target + "x"),
        "make a folder": lambda: Path(target + "x").mkdir(),
        "link": lambda: os.link(target, target + "x"),
        "change permissions": lambda: Path(target).chmod(0o777),
        "kill its parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
        "open many files": lambda: open_many(target, 2000),
        "start a thread": lambda: threads(4),
        "read its file": lambda: Path(target).read_bytes(),
    }
    try:
        attempts[what]()
    except OSError as error:
        return error.strerror or str(error)
    return "done"


def open_many(path: str, count: int) -> None:
    opened = []
    try:
        for _ in range(count):
            opened.append(os.open(path, os.O_RDONLY))
    finally:
        for descriptor in opened:
            os.close(descriptor)


def fork_and_end() -> None:
    if os.fork() == 0:
        os._exit(0)


def threads(count: int) -> None:
    started = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(count)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def use_the_processor(allowed_s: float) -> None:
    limit_processor_time(allowed_s)
    while True:
        pass
