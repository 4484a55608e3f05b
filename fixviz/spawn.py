"""Start processes without running the main script again.

A spawned process imports the main script of its parent. Workers have no use for it: tasks are found
by dotted path. It would be slow (the whole server), a script without `if __name__ == "__main__"`
would run once more and fail, and Streamlit puts the page it just runs in place of the main module.
"""

from __future__ import annotations

import threading
from multiprocessing import spawn
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent
_starting = threading.local()
_standard_preparation = spawn.get_preparation_data


def _preparation(name: str) -> dict[str, Any]:
    data = _standard_preparation(name)
    if getattr(_starting, "worker", False):
        data.pop("init_main_from_name", None)
        data.pop("init_main_from_path", None)
        # Streamlit puts its script's folder first while a page runs. From there a module of fixviz/ui
        # could take the place of one of the standard library of the same name.
        data["sys_path"] = [p for p in data["sys_path"] if not Path(p).is_relative_to(_PACKAGE)]
    return data


# The standard library offers no hook; the flag keeps the change to this module's own processes.
spawn.get_preparation_data = _preparation


class _WorkerProcess(SpawnProcess):
    def start(self) -> None:
        _starting.worker = True
        try:
            super().start()
        finally:
            _starting.worker = False


class WorkerContext(SpawnContext):
    """Start processes by "spawn", without the main script."""

    Process = _WorkerProcess
