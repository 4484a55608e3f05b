"""Measure the time and memory that one clip costs a model, on the model's device."""

from __future__ import annotations

import platform
import statistics
import time
import tracemalloc
import weakref
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True)
class Cost:
    """Hold the cost of one clip in a batch of one."""

    seconds: float
    """Median over the repeats."""
    peak_bytes: int
    """Most memory that tensors took at once, beyond the weights and the clip itself."""
    repeats: int
    device: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@torch.inference_mode()
def measure_cost(model: VideoTransformer, height: int, width: int, repeats: int = 7) -> Cost:
    """Measure one clip of noise, after two runs to warm up; time is the median over `repeats` runs."""
    device = next(model.parameters()).device
    pixels = torch.rand(1, model.config.frames, 3, height, width, device=device) * 2 - 1
    seconds = [_seconds(model, pixels) for _ in range(2 + repeats)][2:]
    return Cost(
        seconds=statistics.median(seconds),
        peak_bytes=peak_bytes(lambda: model(pixels), device),
        repeats=repeats,
        device=device_name(device),
    )


def _seconds(model: VideoTransformer, pixels: Tensor) -> float:
    began = time.perf_counter()
    model(pixels).sum().item()  # waits for the GPU
    return time.perf_counter() - began


def peak_bytes(compute: Callable[[], object], device: torch.device, *, arrays: bool = False) -> int:
    """Return the most bytes of tensors alive at once during `compute()`, beyond those before it.

    On the CPU, buffers inside an operation are not counted. arrays: whether to count there what NumPy and
    Python allocate, too, which takes longer.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        compute()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device) - before)
    live = _LiveBytes()
    if not arrays:
        with live:
            compute()
        return live.peak
    with live:
        torch.zeros(1) + 1  # torch loads what this takes with the first operation.
    live.peak = 0
    tracemalloc.start()
    try:
        with live:
            compute()
        live.note_arrays()
    finally:
        tracemalloc.stop()
    return live.peak


class _LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Add up the storages that operations return, until each is freed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = self.peak = 0
        self._known: set[int] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from loading its compiler, which takes seconds, to say that this is not compiled."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {
            x.untyped_storage()._cdata
            for x in tree_leaves((args, kwargs))
            if isinstance(x, Tensor) and x.layout == torch.strided
        }
        self.note_arrays()
        result = func(*args, **(kwargs or {}))
        for x in tree_leaves(result):
            if isinstance(x, Tensor) and x.layout == torch.strided:
                self._see(x.untyped_storage(), given)
        return result

    def note_arrays(self) -> None:
        """Count what was allocated besides tensors since the last operation, if that is traced."""
        if tracemalloc.is_tracing():
            self.peak = max(self.peak, self.now + tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()

    def _see(self, storage: torch.UntypedStorage, given: set[int]) -> None:
        number = storage._cdata
        if number in self._known or number in given:  # a view, or written in place
            return
        size = storage.nbytes()
        self._known.add(number)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._forget, number, size)

    def _forget(self, number: int, size: int) -> None:
        self._known.discard(number)
        self.now -= size


def device_name(device: torch.device) -> str:
    """Return a GPU's name, or the processor's architecture with the number of threads in use."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{device.type} ({platform.machine()}), {threads} thread{'s' if threads > 1 else ''}"
