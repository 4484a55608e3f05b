"""The process that runs tasks, by itself."""

from __future__ import annotations

import threading
import time
from typing import Any

from fixviz.tasks.child import TaskContext
from fixviz.tasks.process import TaskProcess


def report_much(task: int, context: TaskContext) -> None:
    """Send so many events that the outcome could overtake them."""
    for number in range(task):
        context.send("progress", (0.0, str(number)))


def test_the_last_events_arrive_before_the_outcome_is_handed_on() -> None:
    heard: list[str] = []

    def hear_slowly(kind: str, content: Any) -> None:
        time.sleep(0.005)
        heard.append(content[1])

    process = TaskProcess()
    try:
        process.call(
            f"{__name__}:report_much",
            30,
            timeout_s=60,
            grace_s=1,
            stop=threading.Event(),
            abort=threading.Event(),
            on_event=hear_slowly,
        )
        assert heard == [str(number) for number in range(30)]
    finally:
        process.kill()
