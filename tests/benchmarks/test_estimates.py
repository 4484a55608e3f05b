"""benchmarks/estimates.py on a shipped model: estimate and run, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="the most that a process held is read from /proc"
)
def test_it_tells_what_was_estimated_and_what_it_took(tmp_path: Path) -> None:
    out = tmp_path / "estimates.json"
    script = [sys.executable, str(ROOT / "benchmarks" / "estimates.py"), "--out", str(out)]
    run = subprocess.run(
        [*script, "--models", "linear", "--frames", "9"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    (row,) = json.loads(out.read_text("utf-8"))
    assert (row["model"], row["frames"], row["threads"]) == ("linear", 9, 1)
    # Two windows of a model of 0.2 million weights: bounds that hold on any machine.
    for name, most in (("cpu_s", 60), ("wall_s", 600), ("estimated_cpu_s", 60)):
        assert 0 < row[name] < most
    for name in ("bytes", "estimated_bytes"):
        assert 10**6 < row[name] < 10**9
    assert "linear" in run.stdout.splitlines()[1]
