"""The process of a lane by itself."""

from __future__ import annotations

import threading
from typing import Any

from fixviz.engine.pool import TaskProcess


def test_the_last_events_arrive_before_the_outcome_is_handed_on() -> None:
    heard: list[Any] = []
    process = TaskProcess()
    try:
        for _ in range(5):
            heard.clear()
            process.call(
                "tests.engine.work:report_much",
                300,
                timeout_s=60,
                grace_s=1,
                stop=threading.Event(),
                abort=threading.Event(),
                on_event=lambda kind, content: heard.append(content[1]),
            )
            assert heard == [str(number) for number in range(300)]
    finally:
        process.kill()
