"""Child processes: restarts with a limit, their lines, and no child stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from fixviz.errors import JobError
from fixviz.servers.children import Child, named

_PARENT = """
import signal, sys, time
from fixviz.servers.children import Child
child = Child("one", [sys.executable, "-c", "import time; time.sleep(600)"], {}, orphaned=signal.SIGKILL)
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""


def child(code: str, **environment: str) -> Child:
    return Child("one", [sys.executable, "-c", code], environment, orphaned=signal.SIGKILL)


def ended(one: Child) -> None:
    end = time.monotonic() + 30
    while not one.has_ended():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_process_that_ends_is_started_again_but_not_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = child(
        "import os, sys; print('no', os.environ['WHAT'], file=sys.stderr); sys.exit(3)", WHAT="luck"
    )
    one.start()
    pids = set()
    with pytest.raises(
        JobError, match=r"one ended 5 times within a minute\. It last said: no luck"
    ):
        while True:
            pids.add(one.pid)
            ended(one)
            one.mend()
    assert len(pids) == 5
    assert [vars(record)["exit_code"] for record in caplog.records] == [3] * 4


def test_a_process_that_runs_is_left_alone() -> None:
    one = child("import time; time.sleep(600)")
    one.start()
    before = one.pid
    one.mend()
    assert one.pid == before
    one.terminate()
    ended(one)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has the parent-death signal")
def test_a_child_ends_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        while "time.sleep(600)" not in orphan.cmdline()[-1]:
            time.sleep(0.01)
        os.kill(parent.pid, signal.SIGKILL)
        assert not psutil.wait_procs([orphan], 20)[1]


def test_what_a_process_leaves_behind_is_ended_before_it_is_started_again() -> None:
    one = child(
        "import subprocess, sys;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)"
    )
    one.start()
    ended(one)
    end = time.monotonic() + 30
    while not one.last_line:
        assert time.monotonic() < end
        time.sleep(0.01)
    while psutil.pid_exists(int(one.last_line)):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_line_of_a_log_says_whose_it_is() -> None:
    assert named("2026-11-27 WARNING a: b", "server 1") == "server 1: 2026-11-27 WARNING a: b"
    line = '{"level": "info", "message": "b"}'
    assert json.loads(named(line, "server 1")) == {**json.loads(line), "process": "server 1"}
    assert named("[1, 2]", "server 1") == "server 1: [1, 2]"
