"""The process that runs tasks, by itself."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest

from fixviz.tasks.child import TaskContext
from fixviz.tasks.process import TaskProcess


def report_much(task: int, context: TaskContext) -> None:
    """Send so many events that the outcome could overtake them."""
    for number in range(task):
        context.send("progress", (0.0, str(number)))


def variable(task: str, context: TaskContext) -> str | None:
    return os.environ.get(task)


def test_a_process_has_its_own_environment_besides_that_of_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("GIVEN", "here")
    process = TaskProcess(environment={"OMP_NUM_THREADS": "3"})
    try:
        found = {
            name: process.call(
                f"{__name__}:variable",
                name,
                timeout_s=60,
                grace_s=1,
                stop=threading.Event(),
                abort=threading.Event(),
                on_event=lambda kind, content: None,
            )
            for name in ("OMP_NUM_THREADS", "GIVEN")
        }
    finally:
        process.kill()
    assert found == {"OMP_NUM_THREADS": "3", "GIVEN": "here"}
    assert os.environ["OMP_NUM_THREADS"] == "7"


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
