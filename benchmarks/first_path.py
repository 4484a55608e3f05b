"""How long people wait: server start, first answer, and from a submitted clip to a finished run.

    python benchmarks/first_path.py [VIDEO]

Without VIDEO it makes a 10-second clip of 340 x 256 pixels at 30 frames per second. Times are wall
clock in seconds, memory is resident size in megabytes; the median of the repeats is printed last.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from fixviz.engine import AnalysisRequest, Engine
from fixviz.media.encode import encode_mp4
from fixviz.settings import Settings
from fixviz.store import Store

REPEATS = 5


def make_video(path: Path) -> None:
    """Write a video of a drifting texture, so that the codec has real work."""
    random = np.random.default_rng(0)
    texture = random.integers(0, 256, (64, 85, 3), dtype=np.uint8)
    large = texture.repeat(4, 0).repeat(4, 1)
    frames = np.stack([np.roll(large, (i, 2 * i), (0, 1)) for i in range(300)])
    encode_mp4(path, frames[:, :256, :340], 30)


def megabytes(process: psutil.Process) -> float:
    """Return the resident memory of a process in MB."""
    return float(process.memory_info().rss) / 1e6


def measure_runs(video: Path, home: Path) -> dict[str, object]:
    """Time runs on a warm engine. Every repeat analyzes another span, so that none comes from the store."""
    settings = Settings(home=home)
    seconds, workers = [], []
    with Engine(settings, Store(settings)) as engine:
        engine.run(AnalysisRequest(video=str(video), frames=8))
        for repeat in range(REPEATS):
            request = AnalysisRequest(video=str(video), start_s=0.001 * repeat)
            started = time.perf_counter()
            engine.run(request)
            seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
        engine.run(request)
        again = time.perf_counter() - started
        children = psutil.Process().children(recursive=True)
        workers = sorted((megabytes(child) for child in children), reverse=True)
    return {
        "run_s": [round(s, 2) for s in seconds],
        "run_median_s": round(statistics.median(seconds), 2),
        "stored_run_s": round(again, 3),
        "worker_mb": round(workers[0]),
        "other_processes_mb": [round(mb) for mb in workers[1:]],
    }


def wait_for(condition: Callable[[], bool], limit_s: float) -> float:
    """Wait until the condition holds, and return the seconds that it took."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > limit_s:
            raise TimeoutError(f"not ready after {limit_s} s")
        time.sleep(0.02)
    return time.perf_counter() - started


def measure_server(home: Path) -> dict[str, object]:
    """Time from `fixviz app` to the first answered page; measure the memory with a warm worker too."""
    starts, memory = [], 0.0
    for _ in range(3):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "fixviz", "app", "--no-browser", "--port", str(port)],
            env={**os.environ, "FIXVIZ_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def answers(port: int = port) -> bool:
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/", timeout=1) as page:
                    return bool(page.status == 200)
            except OSError:
                return False

        try:
            starts.append(wait_for(answers, 60))
            time.sleep(12)
            memory = max(memory, megabytes(psutil.Process(server.pid)))
        finally:
            server.terminate()
            server.wait(30)
    return {
        "server_start_s": [round(s, 2) for s in starts],
        "server_start_median_s": round(statistics.median(starts), 2),
        "server_mb": round(memory),
    }


def main() -> None:
    """Measure and print one JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        video = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "clip.mp4"
        if not video.exists():
            make_video(video)
        figures = {"cores": psutil.cpu_count(), **measure_server(home), **measure_runs(video, home)}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
