"""What of this machine decides how long an analysis takes. Needs no torch."""

from __future__ import annotations

import os
import platform
import shutil
from importlib import metadata
from pathlib import Path

import psutil


def usable_cores() -> int:
    """Return how many physical cores this process may use; hyper-threads do not help matrix products."""
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    return max(1, min(cores, _container_limit() or cores))


def threads() -> int:
    """Return with how many threads a model worker computes: OMP_NUM_THREADS, or one for each usable core."""
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(wanted) if wanted.isdecimal() and int(wanted) else usable_cores()


def shared_threads(workers: int) -> dict[str, str]:
    """Return the environment in which each of so many model workers takes its share of the threads."""
    return {} if workers == 1 else {"OMP_NUM_THREADS": str(max(1, threads() // workers))}


def may_have_gpu() -> bool:
    """Tell whether there are signs of a GPU; only torch knows whether it can be used."""
    devices = ("/dev/nvidia0", "/dev/dxg", "/dev/kfd")
    return shutil.which("nvidia-smi") is not None or any(Path(path).exists() for path in devices)


def free_bytes() -> int:
    """Return how many bytes of memory this process may still take, within its container's limit."""
    free = int(psutil.virtual_memory().available)
    limit = _number(Path("/sys/fs/cgroup/memory.max"))
    used = _number(Path("/sys/fs/cgroup/memory.current"))
    return free if limit is None or used is None else max(0, min(free, limit - used))


def describe_machine(device: str) -> str:
    """Return a text that changes with whatever makes a measured time worthless elsewhere.

    Host, processor, torch's version, number of threads, and the device as a request names it.
    """
    return ", ".join(
        (
            platform.node(),
            processor(),
            f"torch {metadata.version('torch')}",
            f"threads {threads()}",
            device,
        )
    )


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _number(path: Path) -> int | None:
    """Return the whole number in a file; None where there is none, or no limit ("max")."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _container_limit() -> int | None:
    """Return how many whole cores a container's quota allows (Linux, cgroup 2); None without one."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None
