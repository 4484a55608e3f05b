"""Time and memory of a function on a GPU, or on the CPU where there is none."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fixviz.evaluation.cost import peak_bytes

Run = Callable[[], Tensor]


@dataclass(frozen=True)
class Timing:
    """How long a call takes, in milliseconds."""

    median_ms: float
    fastest_ms: float
    repeats: int


def timed(run: Run, device: torch.device, seconds: float) -> Timing:
    """Time single calls after three to warm up, for about so many seconds; 5 to 50 calls.

    On a GPU by events around each call, so that its launches count where they are what takes the time.
    """
    for _ in range(2):
        run()
    _wait(device)
    began = time.perf_counter()
    run()
    _wait(device)
    repeats = min(50, max(5, round(seconds / max(1e-6, time.perf_counter() - began))))
    times = _by_events(run, repeats) if device.type == "cuda" else _by_clock(run, repeats)
    return Timing(statistics.median(times), min(times), repeats)


def _by_events(run: Run, repeats: int) -> list[float]:
    events = [(_event(), _event()) for _ in range(repeats)]
    for begin, end in events:
        begin.record()
        run()
        end.record()
    torch.cuda.synchronize()
    return [begin.elapsed_time(end) for begin, end in events]


def _event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]


def _by_clock(run: Run, repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def memory(run: Run, device: torch.device) -> int:
    """Return the most bytes of tensors alive at once during a call, beyond those before it."""
    return peak_bytes(run, device)


def relative_error(found: Tensor, right: Tensor) -> float:
    """Return |found - right| / |right|, in float64."""
    right = right.double()
    return float((found.double() - right).norm() / right.norm())


def as_graph(run: Run) -> Run:
    """Record a call as a CUDA graph and return its replay, which launches all kernels at once.

    What it returns is overwritten by the next call.
    """
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = run()

    def replay() -> Tensor:
        graph.replay()
        return out

    return replay


def as_launched(run: Run, device: torch.device) -> Run:
    """Return a call as a CUDA graph where that can be, so that no launch is waited for; else the call."""
    return as_graph(run) if device.type == "cuda" else run


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """Return the slope of log y against log x through (x, y), by least squares; None for fewer than two."""
    if len({x for x, _ in points}) < 2:
        return None
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (statistics.fmean(column) for column in zip(*logs, strict=True))
    over = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return over / sum((x - mean_x) ** 2 for x, _ in logs)


def kernels(run: Run, device: torch.device, most: int = 16) -> list[dict[str, Any]]:
    """Return the operations that take most of the device's time in a call: name, milliseconds, launches."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    run()
    with torch.profiler.profile(activities=activities) as profile:
        run()
        _wait(device)
    on_gpu = device.type == "cuda"

    def own_ms(event: Any) -> float:
        return float(event.self_device_time_total if on_gpu else event.self_cpu_time_total) / 1000

    events = [e for e in profile.key_averages() if own_ms(e) > 0]
    if on_gpu:  # The operators that launched them have their time once more.
        events = [e for e in events if e.device_type.name == "CUDA"]
    events.sort(key=own_ms, reverse=True)
    return [{"name": e.key[:100], "ms": own_ms(e), "calls": e.count} for e in events[:most]]
