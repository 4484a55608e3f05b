"""Compiled blocks for the processes that run models: looked up on disk, made in the background.

A process that calls `use_compiled_blocks` never compiles and never waits. Blocks run as they are, and those
that run often are asked for; a process of the lowest priority (`fixviz.engine.compile_blocks`) then compiles
them into home/compiled, and once it is done a thread loads the program. A program is used where it was
measured to give the same numbers in less time. Whatever goes wrong, blocks go on running as they are.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from fixviz.engine.machine import free_bytes
from fixviz.model import inference
from fixviz.model.block_programs import BlockShape, Program
from fixviz.model.layers import Block
from fixviz.settings import Settings
from fixviz.store.files import make_private

_log = logging.getLogger(__name__)
FOLDER: Final = "compiled"
OFTEN: Final = 100
"""Clips that must have gone through blocks of a shape before it is compiled."""
LEAST_GAIN: Final = 1.05
"""How many times as fast as the block itself a program must be to be used."""
MEMORY: Final = 2 * 10**9
"""Bytes that must be free: the compiler takes about half of them."""
_COMPILERS: Final = ("g++", "clang++", "c++")
_FAILED: Final = "Blocks could not be compiled; they run as they are"


def use_compiled_blocks(settings: Settings) -> None:
    """Have this process use compiled blocks, where the settings say so and a compiler is there."""
    if settings.compile == "off" or inference.PROGRAMS is not None:
        return
    if not has_compiler():
        _say_once("FIXVIZ_COMPILE is auto, but there is no C++ compiler here: nothing is compiled.")
        return
    inference.PROGRAMS = CompiledBlocks(settings.home / FOLDER)


def has_compiler() -> bool:
    """Tell whether there is a C++ compiler: the one that CXX names, or one of the usual ones."""
    wanted = os.environ.get("CXX", "")
    return any(shutil.which(name) for name in ((wanted,) if wanted else _COMPILERS))


_said: set[str] = set()


def _say_once(sentence: str, reason: object = "") -> None:
    if sentence not in _said:
        _said.add(sentence)
        _log.warning(f"{sentence} ({reason})." if reason else sentence)


class CompiledBlocks:
    """The programs of one process, and what it asks for. Only one thread may use `output`."""

    def __init__(
        self,
        folder: Path,
        often: int = OFTEN,
        least_gain: float = LEAST_GAIN,
        *,
        idle: bool = True,
    ) -> None:
        """Make it. folder: holds programs of all processes. often, least_gain: see OFTEN and LEAST_GAIN.

        idle: whether to compile only while nobody else wants the processor.
        """
        self._folder, self._often, self._least_gain, self._idle = folder, often, least_gain, idle
        self._seen: Counter[BlockShape] = Counter()
        self._asked: queue.Queue[BlockShape] = queue.Queue()
        self._thread: threading.Thread | None = None
        self.ready: dict[BlockShape, Program] = {}
        """Programs in use."""

    @property
    def busy(self) -> bool:
        """Tell whether something that was asked for is under way."""
        return self._asked.unfinished_tasks > 0

    def output(self, block: nn.Module, tokens: Tensor) -> Tensor | None:
        """Return the tokens after the block, [B, T, h, w, D]; None where there is no program for them yet."""
        if tokens.device.type != "cpu" or tokens.dtype != torch.float32:
            return None
        assert isinstance(block, Block)
        shape = BlockShape.of(block, tokens)
        program = self.ready.get(shape)
        if program is not None:
            return program(block, tokens.contiguous())
        before = self._seen[shape]
        self._seen[shape] = before + len(tokens)
        if before < self._often <= self._seen[shape]:
            self._asked.put(shape)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="compiled", daemon=True)
                self._thread.start()
        return None

    def _serve(self) -> None:
        while True:
            shape = self._asked.get()
            try:
                self._get(shape)
            except Exception as error:  # A broken file, a full disk, a process that was killed.
                _say_once(_FAILED, error)
            finally:
                self._asked.task_done()

    def _get(self, shape: BlockShape) -> None:
        """Load the program of a shape, compiled first if need be."""
        note = self._folder / f"{shape.name}.json"
        if not note.exists():
            if free_bytes() < MEMORY:
                return
            make_private(self._folder)
            asked = {
                "folder": str(self._folder),
                "shape": shape.to_dict(),
                "threads": torch.get_num_threads(),
                "least_gain": self._least_gain,
                "idle": self._idle,
            }
            _compile(asked)
        found: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        if found["error"]:
            _say_once(_FAILED, found["error"])
        if found["used"]:
            self.ready[shape] = Program(self._folder / f"{shape.name}.pt2")


def _compile(asked: dict[str, Any]) -> None:
    """Have a process compile; it ends with this one. asked: see fixviz.engine.compile_blocks."""
    script = [sys.executable, "-m", "fixviz.engine.compile_blocks"]
    with subprocess.Popen(
        script,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        # Kept open: the process takes its end for the end of this one.
        with contextlib.suppress(BrokenPipeError):  # It has ended already: its code says so.
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        code = process.wait()
    if code:
        raise RuntimeError(f"the process that compiles ended with code {code}")
