"""Run the one engine of several servers.

python -m fixviz.servers.engine_process SOCKET
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from fixviz import logs
from fixviz.course import shipped
from fixviz.engine import Engine
from fixviz.engine.hosting import EngineHost
from fixviz.settings import Settings
from fixviz.store import Store


def run(socket: Path) -> None:
    """Answer at a socket until SIGTERM or SIGINT; jobs are cancelled then, and can be started again."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    settings = Settings.from_env()
    logs.configure(settings)
    with Engine(settings, Store(settings), shipped=shipped.home(shipped.folder())) as engine:
        host = EngineHost(engine, socket)
        ended.wait()
        host.close()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
