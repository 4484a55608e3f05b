"""Compile one block: `python -m fixviz.engine.compile_blocks`, with what to do as JSON on standard input.

    {"folder": ..., "shape": {...}, "threads": 2, "least_gain": 1.05, "idle": true}

Runs at the lowest priority there is (idle), and ends, with the compiler, when standard input does. It writes
NAME.json, which says how the program fared, and NAME.pt2 where it is worth using.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

import psutil
from filelock import FileLock

from fixviz.store.files import sweep, write_atomic

_KEPT_S: Final = 30 * 86_400.0
"""Programs older than that are deleted; what is still used is compiled again."""


def main() -> None:
    """Read what to do and do it."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # What this process starts ends with it.
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    if asked["idle"]:
        stand_back()
    os.environ["OMP_NUM_THREADS"] = str(asked["threads"])
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    folder = Path(asked["folder"])
    with FileLock(folder / "lock"), tempfile.TemporaryDirectory(dir=folder) as cache:
        # What the compiler keeps for itself is of no use once the program is there.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        sweep(folder, time.time() - _KEPT_S)
        make(folder, asked["shape"], asked["threads"], asked["least_gain"])


def make(folder: Path, shape_values: dict[str, Any], threads: int, least_gain: float) -> None:
    """Compile a block unless somebody has, try it, and note how it fared."""
    import torch

    torch.set_num_threads(threads)
    from fixviz.model.block_programs import (
        MOST_ERROR,
        BlockShape,
        Program,
        compile_block,
        try_program,
    )

    shape = BlockShape.from_dict(shape_values)
    note = folder / f"{shape.name}.json"
    if note.exists():
        return
    found: dict[str, Any] = {"shape": shape_values, "used": False, "error": None}
    file = folder / f"{shape.name}.new.pt2"
    try:
        compile_block(shape, file)
        trial = try_program(shape, Program(file))
        good = trial.error <= MOST_ERROR
        found |= {"gain": trial.gain, "difference": trial.error}
        found["used"] = good and trial.gain >= least_gain
        if not good:
            found["error"] = f"the compiled block is off by {trial.error:.1e}"
    except Exception as error:  # A compiler that is not whole fails in many ways.
        found["error"] = f"{type(error).__name__}: {error}"[:500]
    if found["used"]:
        file.replace(folder / f"{shape.name}.pt2")
    file.unlink(missing_ok=True)
    write_atomic(note, json.dumps(found, indent=1).encode())


def stand_back() -> None:
    """Take the processor only while nobody else wants it, as far as the system can."""
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(AttributeError, OSError):
        os.nice(19)
    with contextlib.suppress(AttributeError, OSError, psutil.Error):
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _end_with_input() -> None:
    """End this process and the compilers that it started once nobody holds the other end."""
    sys.stdin.read()
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
