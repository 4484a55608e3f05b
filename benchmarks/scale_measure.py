"""Measure what one clip costs on one node: where the processor's time goes, bytes, files, memory.

Pieces are timed one after the other in this process, on one thread, in seconds of the processor: other work
on the machine changes them little. Starts are in seconds of a clock.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

from many_clips import make_clips

from fixviz.batch import shard
from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.clip_table import ClipTable
from fixviz.batch.data_set import DataSet, error_facts
from fixviz.batch.layout import Layout
from fixviz.batch.listing import find_clips
from fixviz.batch.shard import collect_rows
from fixviz.engine import DEFAULT_MODELS, AnalysisRequest, Engine
from fixviz.engine.jobs import DeriveRequest
from fixviz.engine.machine import processor
from fixviz.media.decode import decode_clip
from fixviz.media.files import hash_file
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import HomeLock
from fixviz.store.handles import Handles
from fixviz.store.keys import new_handle
from fixviz.store.layout import Layout as HomeLayout
from fixviz.store.records import HandleRecord

SIZES: Final = ("128x96", "640x360", "1280x720")
"""Width and height of the videos; the first is that of all figures but decoding."""
_RATE: Final = 8.0
_AGAIN: Final = 5
"""How many times the same runs are appended."""
ROOT: Final = Path(__file__).resolve().parents[1]


def measure(
    count: int = 24, seconds: float = 3.0, repeats: int = 3, most: int = 100_000
) -> dict[str, Any]:
    """Return the figures. count: clips; seconds: their length; most: of synthetic clips in a table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for size in SIZES:
            width, height = map(int, size.split("x"))
            make_clips(folder / size, count if size == SIZES[0] else 1, seconds, width, height)
        clips = sorted((folder / SIZES[0]).glob("*.mp4"))
        settings = Settings(home=folder / "home")
        node: dict[str, Any] = {"clip_seconds": seconds, "clips": count}
        node["worker"] = _worker(clips[0])
        node["decode"] = {
            size: {
                "seconds": _median(lambda p=path: decode_clip(p, rate_hz=_RATE), repeats),  # type: ignore[misc]
                "bytes": path.stat().st_size,
            }
            for size in SIZES
            if (path := min((folder / size).glob("*.mp4")))
        }
        node |= _models(clips, settings, repeats)
        node["rows"] = _rows(clips, settings, folder / "data-set")
        node["lookup"] = _lookup(clips, settings)
        listing, memory = _listing(folder / "many", min(most, 10_000))
        node["listing_files_per_s"], node["driver_bytes"] = listing, memory
        full = max(1, round(shard.SHARD_BYTES / node["rows"]["bytes"]))
        node["clips_of_a_shard"] = full
        numbers = [10**k for k in range(2, 8) if 10**k <= most]
        tables = [_tables(folder / "tables", number, full) for number in numbers]
        handles = [_handles(folder / "handles", number) for number in numbers]
    return {"about": _about(), "node": node, "tables": tables, "handles": handles}


def _about() -> dict[str, Any]:
    import torch

    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _median(work: Callable[[], object], repeats: int) -> float:
    """Return the median of the processor's seconds; the first time warms up."""
    work()
    return statistics.median(_cpu(work) for _ in range(repeats))


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _worker(clip: Path) -> dict[str, float]:
    """Start a process as a worker starts: until the models are loaded, then one clip."""
    script = [str(ROOT / "benchmarks/scale_worker.py"), str(clip), ",".join(DEFAULT_MODELS)]
    options: dict[str, Any] = {"check": True, "capture_output": True, "text": True, "cwd": ROOT}
    runs = [
        json.loads(subprocess.run([sys.executable, *script], **options).stdout) for _ in range(3)
    ]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _models(clips: list[Path], settings: Settings, repeats: int) -> dict[str, Any]:
    """Return seconds of each model, of what they share, and of the store, with bytes and files of a run.

    Leaves one run for each clip in the store.
    """
    import torch
    from scale_worker import load

    from fixviz.analysis.clip_motion import ClipMotion
    from fixviz.analysis.derived import Subject
    from fixviz.analysis.deriving import derive_from, kinds_with_run
    from fixviz.analysis.run import NamedModel, RunData, analyze_clip
    from fixviz.analysis.windows import Windows

    torch.set_num_threads(1)
    models = load(list(DEFAULT_MODELS))
    config = models[DEFAULT_MODELS[0]].model.config

    def derived(run: RunData, name: str, named: NamedModel) -> dict[str, Any]:
        frames = run.arrays[f"pixels/{named.model.config.image_size}"]
        subject = Subject(named.model, frames)
        return {
            DeriveRequest("", kind, name, {}).name: derive_from(subject, kind, {})
            for kind in kinds_with_run(named.model.config, frames)
        }

    def alone(name: str) -> None:
        derived(analyze_clip({name: models[name]}, clip), name, models[name])

    def motion() -> None:
        ClipMotion(clip).per_patch(config)

    clip = decode_clip(clips[0], rate_hz=_RATE)
    each = {name: _median(lambda n=name: alone(n), repeats) for name in models}  # type: ignore[misc]
    store = Store(settings)
    together, stored, wall, claims, files, size = [], [], [], [], [], []
    with Engine(settings, store) as engine, _timed_lock() as locked:
        for path in clips:
            clip = decode_clip(path, rate_hz=_RATE)
            began = time.process_time()
            run = analyze_clip(models, clip)
            brought = {
                n: d for name, named in models.items() for n, d in derived(run, name, named).items()
            }
            together.append(time.process_time() - began)
            key = engine.run_key(AnalysisRequest(str(path)))
            before = _content(settings.home)
            began, clock = time.process_time(), time.monotonic()
            store.add(key, run.manifest, run.arrays, run.files)
            for name, result in brought.items():
                store.add_derived(key, name, result.description, result.arrays)
            stored.append(time.process_time() - began)
            wall.append(time.monotonic() - clock)
            claims.append(_cpu(lambda k=key, p=path: store.claim(k, "one", p.name)))  # type: ignore[misc]
            after = _content(settings.home)
            files.append(after[0] - before[0])
            size.append(after[1] - before[1])
    both = statistics.median(together)
    shared = _median(motion, repeats)
    # What all clips took together, divided by what each model takes of one clip alone.
    own = {name: max(0.0, took - shared) for name, took in each.items()}
    share = (both - shared) / sum(own.values())
    return {
        "frames": len(clip),
        "windows": len(Windows(len(clip), config.frames).starts),
        "depth": config.depth,
        "models": {name: took * share for name, took in own.items()},
        "shared_s": shared,
        "together_s": both,
        "store_s": statistics.median(stored),
        "store_wall_s": statistics.median(wall),
        "claim_s": statistics.median(claims),
        "lock_s": sum(locked) / len(clips),
        "run_bytes": statistics.median(size),
        "run_files": statistics.median(files),
    }


@contextlib.contextmanager
def _timed_lock() -> Iterator[list[float]]:
    """Note the processor's seconds for which the home's lock is held each time."""
    held: list[float] = []
    take = HomeLock.__call__

    @contextlib.contextmanager
    def timed(lock: HomeLock) -> Iterator[None]:
        with take(lock):
            began = time.thread_time()
            yield
            held.append(time.thread_time() - began)

    with mock.patch.object(HomeLock, "__call__", timed):
        yield held


def _content(home: Path) -> tuple[int, int]:
    """Return the number of files of runs and their bytes."""
    sizes = [
        path.stat().st_size
        for name in ("artifacts", "runs", "handles")
        for path in (home / name).rglob("*")
        if path.is_file()
    ]
    return len(sizes), sum(sizes)


def _rows(clips: list[Path], settings: Settings, folder: Path) -> dict[str, float]:
    """Append the rows of all runs to a data set: seconds and bytes of a clip."""
    store = Store(settings)
    with Engine(settings, store) as engine:
        keys = [engine.run_key(AnalysisRequest(str(path))) for path in clips]
    handles = [store.claim(key, "one", path.name) for key, path in zip(keys, clips, strict=True)]
    made = list(zip(clips, keys, handles, strict=True))
    _append(folder / "once", store, made)
    tables = sum(path.stat().st_size for path in (folder / "once").rglob("part-*.parquet"))
    # Equal rows many times over: what each shard costs whatever is in it shall not count for few clips.
    many = [(path, f"{n:064x}", made[n % len(made)][2]) for n, path in enumerate(clips * _AGAIN)]
    written = 0.0

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal written
            began = time.thread_time()
            found = work(*args)
            written += time.thread_time() - began
            return found

        return call

    files = shard._File
    with (
        mock.patch.object(files, "add", timed(files.add)),
        mock.patch.object(files, "close", timed(files.close)),
    ):
        seconds = _cpu(lambda: _append(folder / "many", store, many))
    return {
        "make_s": (seconds - written) / len(many),
        "append_s": written / len(many),
        "bytes": tables / len(clips),
    }


def _append(folder: Path, store: Store, made: list[tuple[Path, str, str | None]]) -> None:
    """Write a data set of these clips with their runs' keys and handles."""
    with DataSet(folder, {"models": {}}) as data_set:
        for number, (path, key, handle) in enumerate(made):
            assert handle is not None
            data_set.add(collect_rows(key, store, handle))
            clip = ClipRow(path, path.name, number=number)
            data_set.note(clip, key, handle, error_facts(None))


def _lookup(clips: list[Path], settings: Settings) -> dict[str, float]:
    """Return the seconds to look up one clip, without reading it, and bytes hashed in a second."""
    with Engine(settings, Store(settings)) as engine:
        request = AnalysisRequest(str(clips[0]), sha256="0" * 64)
        engine.run_key(request)
        seconds = _cpu(lambda: [engine.run_key(replace(request, video=str(p))) for p in clips])
        large = settings.home / "large"
        large.write_bytes(os.urandom(2**26))
        hashed = 2**26 / _cpu(lambda: hash_file(large))
        large.unlink()
    return {"seconds": seconds / len(clips), "hash_bytes_per_s": hashed}


def _listing(folder: Path, count: int) -> tuple[float, float]:
    """Return files listed in a second of the processor, and bytes of memory of the driver for each clip."""
    for number in range(count):
        path = folder / f"{number // 1000:04d}" / f"clip-{number:07d}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    listed = count / _cpu(lambda: find_clips([folder]))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    listing = find_clips([folder])
    (folder / "table").mkdir()
    table = ClipTable(Layout(folder / "table"))
    for number, clip in enumerate(listing.clips):
        table.note(synthetic(number, clip))
    table.save(whole=True)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    shutil.rmtree(folder)
    return listed, grown / count


def synthetic(number: int, clip: ClipRow | None = None) -> dict[str, Any]:
    """Return a row of clips.parquet as long as those of clips are."""
    path = str(clip.path) if clip else f"/library/{number // 1000:04d}/clip-{number:07d}.mp4"
    return {
        **{"clip": path[-21:], "folder": path[-21:-17], "path": path},
        **{"start_s": None, "end_s": None, "number": 0, "bytes": 10**6 + number},
        **{"modified_ns": 10**18 + number, "sha256": f"{number:064x}", "run": f"{number + 1:064x}"},
        **{"handle": f"{number:043d}", "error_kind": None, "error": None},
    }


def _tables(folder: Path, count: int, shard: int) -> dict[str, float]:
    """Fill a table of clips shard by shard: seconds for each clip, and of writing all of it once."""
    table = ClipTable(Layout(folder))
    folder.mkdir()
    began = time.process_time()
    for number in range(count):
        table.note(synthetic(number))
        if number % shard == shard - 1:
            table.save(whole=False)
    table.save(whole=True)
    seconds = (time.process_time() - began) / count
    whole = _cpu(lambda: table.save(whole=True))
    shutil.rmtree(folder)
    # Were the whole table written for each shard, half of it on average.
    each = whole * max(1, count // shard) / 2 / count
    return {"clips": count, "seconds": seconds, "whole_s": whole, "whole_seconds": each}


def _handles(folder: Path, count: int) -> dict[str, float]:
    """Return how long it takes to find a handle among many."""
    layout = HomeLayout(folder)
    layout.handles.mkdir(parents=True)
    record = HandleRecord("0" * 64, "one", "clip.mp4", "clip.mp4", 0.0)
    for number in range(count):
        text = json.dumps({**vars(replace(record, key=f"{number:064x}"))})
        (layout.handles / f"{new_handle()}.json").write_text(text)
    handles = Handles(layout)
    handles.find("0" * 64, "one")
    seconds = statistics.median(_cpu(lambda: handles.find("0" * 64, "one")) for _ in range(5))
    shutil.rmtree(folder)
    return {"handles": count, "find_s": seconds}


def derived_gpu(gpu: Mapping[str, Any], windows: int, depth: int) -> dict[str, float]:
    """Return seconds of a GPU for a clip of each model, derived from the times of a larger network.

    Those were taken of one clip at a time, traced, in bfloat16, where a block takes what launching its
    kernels takes; a block of a smaller network takes no longer. So they are scaled by blocks and windows.
    """
    blocks = gpu["about"]["config"]["depth"]
    return {
        row["variant"]: windows * row["median_ms"] / 1000 * depth / blocks
        for row in gpu["clip"]
        if (row["how"], row["precision"], row["batch"]) == ("traced", "bf16", 1)
    }


def ray_call(size: int, calls: int = 200) -> dict[str, float]:
    """Return what handing a clip to an actor of Ray and taking its rows costs the driver.

    size: bytes of the rows. Seconds of the processor of this process alone, two calls under way at a time.
    """
    ray: Any = importlib.import_module("ray")
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)

    class Rows:  # Defined here, so that Ray sends it and its workers import nothing.
        def rows(self, name: str) -> bytes:
            """Return as many bytes as a clip has rows."""
            return bytes(size)

    worker = ray.remote(Rows).remote()
    ray.get(worker.rows.remote("warm up"))
    began, clock = time.process_time(), time.monotonic()
    waiting = [worker.rows.remote("clip")]
    for _ in range(calls - 1):
        waiting.append(worker.rows.remote("clip"))
        ray.get(waiting.pop(0))
    ray.get(waiting)
    used, passed = time.process_time() - began, time.monotonic() - clock
    ray.shutdown()
    return {
        "call_s": used / calls,
        "clock_s": passed / calls,
        "bytes": size,
        "version": ray.__version__,
    }
