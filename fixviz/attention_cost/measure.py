"""Measure what attention costs on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import torch
from torch.utils.benchmark import Timer

from fixviz.attention_cost.computations import Compute, computation
from fixviz.attention_cost.kinds import KINDS, cost_kind
from fixviz.attention_cost.load import OthersLoad
from fixviz.attention_cost.measurement import CostMeasurement, CostPoint, Stop, theory_bytes
from fixviz.attention_cost.shape import AttentionShape
from fixviz.evaluation.cost import device_name, peak_bytes

_REPEATS: Final = (5, 25)
"""Fewest and most repeats of one computation."""
_SAMPLE_S: Final = 0.002
"""What is faster runs several times in one repeat, so that the clock is fine enough."""
_RUNS: Final = _REPEATS[0] + 2
"""Runs of one computation at least: one to warm up, the repeats, and one to measure memory."""
_COPIES: Final = 3
"""How many times the memory of theory a computation may take: intermediate results that nobody keeps."""
_ROOF_SIDES: Final = (512, 1024, 1536)
"""Sides of the square matrices whose products are the roof; on slow machines the first of them."""
_ROOF_S: Final = 0.15
"""Share of the time for a measurement that the roof may take."""


@torch.inference_mode()
def measure_attention(
    shape: AttentionShape,
    tokens: Sequence[int],
    device: torch.device,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    seconds: float,
    free_bytes: int,
    progress: Callable[[float, str], None] = lambda _part, _text: None,
    should_stop: Callable[[], None] = lambda: None,
    machine: str = "",
) -> CostMeasurement:
    """Return time and memory of each kind at each number of tokens, as far as time and memory reach.

    seconds: time for all of it, about; each kind has an equal share, so that a slow one does not take the
    time of the others. A kind ends before the first size that would overrun its share or `free_bytes`.
    Kinds take turns at each size, so that whatever else the machine does meets all of them. machine: name of
    the processor, where the device has none of its own. Raises OptionError for an unknown kind, and what
    should_stop raises.
    """
    for kind in kinds:
        cost_kind(kind)
    progress(0.0, "Measuring matrix products")
    # The first count of memory imports modules, which takes seconds on a busy machine.
    peak_bytes(lambda: torch.zeros(1, device=device), device)
    began, load = time.monotonic(), OthersLoad()
    found = CostMeasurement(
        place="server",
        machine=device_name(device) if device.type == "cuda" or not machine else machine,
        shape=shape,
        roof_flops=measure_roof(device, _ROOF_S * seconds, should_stop),
        threads=torch.get_num_threads() if device.type == "cpu" else 1,
        measured=time.time(),
    )
    budget = max(0.0, seconds - (time.monotonic() - began)) / len(kinds)
    spent = dict.fromkeys(kinds, 0.0)
    stopped: dict[str, Stop] = {}
    steps, done = len(tokens) * len(kinds), 0
    for count in tokens:
        for kind in kinds:
            should_stop()
            progress(done / steps, f"{KINDS[kind].title}, {count:,} tokens")
            done += 1
            if kind in stopped:
                continue
            room = budget - spent[kind]
            if _COPIES * theory_bytes(kind, shape, count) > free_bytes:
                stopped[kind] = Stop(count, "memory")
            elif _RUNS * _expected(found, kind, count) > room:
                stopped[kind] = Stop(count, "time")
            else:
                start = time.monotonic()
                # What a size may take of what is left, so that several more sizes have their repeats.
                found = found.with_point(_point(kind, shape, count, device, room / 4, should_stop))
                spent[kind] += time.monotonic() - start
    progress(1.0, "Done")
    return replace(found, stopped=stopped, others=load.share())


def _expected(found: CostMeasurement, kind: str, tokens: int) -> float:
    """Return the seconds that one run should take, from the last size; 0 before the first."""
    points = found.of(kind)
    if not points:
        return 0.0
    work = KINDS[kind].multiply_adds
    width, last = found.shape.width, points[-1]
    return last.seconds * work(tokens, width) / work(last.tokens, width)


def _point(
    kind: str,
    shape: AttentionShape,
    tokens: int,
    device: torch.device,
    seconds: float,
    should_stop: Callable[[], None],
) -> CostPoint:
    """Measure one kind at one size, in about so many seconds."""
    compute = computation(kind, shape, tokens, device)
    times = _times(compute, seconds, should_stop)
    times.sort()
    return CostPoint(
        kind=kind,
        tokens=tokens,
        seconds=_quantile(times, 0.5),
        error=_median_error(times),
        repeats=len(times),
        peak_bytes=peak_bytes(compute, device),
    )


def _times(compute: Compute, seconds: float, should_stop: Callable[[], None]) -> list[float]:
    """Return the seconds of each repeat, after one run to warm up. The timer waits for a GPU."""
    timer = Timer("compute()", globals={"compute": compute}, num_threads=torch.get_num_threads())
    timer.timeit(1)
    once = timer.timeit(1).mean
    runs = max(1, math.ceil(_SAMPLE_S / max(once, 1e-9)))
    fewest, most = _REPEATS
    times: list[float] = []
    end = time.monotonic() + seconds
    while len(times) < fewest or (len(times) < most and time.monotonic() < end):
        should_stop()
        times.append(float(timer.timeit(runs).mean))
    return times


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _median_error(ordered: Sequence[float]) -> float:
    """Return the standard error of the median, from the middle half, as for a normal distribution.

    Its width is 1.349 standard deviations, and a median is off by 1.2533 of them over the root of their
    number. What disturbs a few repeats does not count.
    """
    half = _quantile(ordered, 0.75) - _quantile(ordered, 0.25)
    return 1.2533 * half / 1.349 / math.sqrt(len(ordered))


@torch.inference_mode()
def measure_roof(
    device: torch.device,
    seconds: float = math.inf,
    should_stop: Callable[[], None] = lambda: None,
) -> float:
    """Return the FLOP/s of the fastest square matrix product in float32; a multiply-add is two.

    seconds: the larger products are left out where they would take longer.
    """
    began, best = time.monotonic(), 0.0
    for side in _ROOF_SIDES:
        should_stop()
        flops = 2.0 * side**3
        if best and 5 * flops / best > seconds - (time.monotonic() - began):
            break
        left, right = (torch.randn(side, side, device=device) for _ in range(2))
        timer = Timer(
            "left @ right",
            globals={"left": left, "right": right},
            num_threads=torch.get_num_threads(),
        )
        timer.timeit(1)
        best = max(best, flops / min(timer.timeit(1).mean for _ in range(4)))
    return best
