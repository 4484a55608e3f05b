"""Measure the analysis of many clips: pace, memory, and how busy the processors are.

    python -m benchmarks.many_clips --clips 100 500

makes so many short clips, analyzes each set with `fixviz analyze`, and prints what it took. With

    python -m benchmarks.many_clips --clips 200 --nodes 1 2

Ray does it on so many nodes of one core each on this machine. The processes of a node may use its core only;
those of the cluster's head, which computes nothing, and the command may use all. So one node alone has help
from the other cores. It also prints whether all data sets hold the same. Memory is what a
process has for itself and its share of what it has in common with others (PSS). The processors' share is the
time that all processes of the command used, over the time that passed on as many processors as they may use.
--workers compares numbers of model workers, on the same clips in turn.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

from fixviz.batch.reading import open_table
from fixviz.batch.schema import TABLES
from fixviz.media.encode import encode_mp4

_LOOK_S = 0.5
"""How often the processes are looked at; it should take no time that they need."""
_LOOK_AT_ALL_MEMORY_S = 15.0
"""The same for the memory of all: the system counts its pages one by one."""
_OBJECTS_BYTES = 256 * 2**20


@dataclass
class Measured:
    """What one command took."""

    clips: int
    seconds: float
    pace: float
    """Clips in a second, from the first one that was done on."""
    busy: float
    """Share of the processors' time, from the first clip that was done on."""
    models: float
    """Share of the same time in which the models worked, without what is derived and stored with a run."""
    own_s: float
    """Seconds of a processor that the command's own process used."""
    all_s: float
    """The same of all its processes."""
    own_mb: dict[int, float]
    """Memory of the command's own process in MB when so many percent of the clips were done."""
    all_mb: float
    """Most memory of all its processes together, in MB."""
    files: int
    data_set_mb: float
    home_mb: float


def make_clips(folder: Path, count: int, seconds: float, width: int, height: int) -> None:
    """Write clips of a moving pattern, each another one."""
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[:height, :width]
    for number in range(count):
        dice = np.random.default_rng(number)
        phase, speed, scale = dice.uniform(0, 6), dice.uniform(2, 12), dice.uniform(8, 30)
        frames = [
            np.stack(
                [128 + 100 * np.sin((x + y * k + speed * t) / scale + phase + k) for k in range(3)],
                -1,
            )
            for t in range(round(seconds * 16))
        ]
        encode_mp4(folder / f"clip-{number:05d}.mp4", np.stack(frames).astype(np.uint8), 16)


_COMMAND = """
import sys
from fixviz.batch import many_engine
from fixviz.cli import main
many_engine.MOST_WORKERS = int(sys.argv.pop(1))
main()
"""
"""`fixviz` with a most number of model workers."""


def measure(
    clips: Path, out: Path, home: Path, options: Sequence[str], workers: int = 0
) -> Measured:
    """Run the command, and look at all processes that this one has started.

    workers: most model workers; 0 for as many as it takes.
    """
    count = len(list(clips.glob("*.mp4")))
    start = ["-c", _COMMAND, str(workers)] if workers else ["-m", "fixviz"]
    command = [sys.executable, *start, "analyze", str(clips), "--out", str(out), *options]
    began = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, "FIXVIZ_HOME": str(home)})
    top = psutil.Process(process.pid)
    used: dict[int, float] = {}
    own: dict[int, float] = {}
    most, first, looked = 0.0, None, began
    while process.poll() is None:
        time.sleep(_LOOK_S)
        done = _done(home)
        share = 100 * done // count
        try:
            family = psutil.Process().children(recursive=True)
            for each in family:
                times = each.cpu_times()
                used[each.pid] = times.user + times.system
            if share not in own and (mb := _memory_mb(top)):  # It may have just ended.
                own[share] = mb
            if time.monotonic() - looked > _LOOK_AT_ALL_MEMORY_S:
                most, looked = max(most, sum(map(_memory_mb, family))), time.monotonic()
        except psutil.Error:
            continue
        if first is None and done:
            first = (time.monotonic(), sum(used.values()), done)
    ended = time.monotonic()
    cores = len(os.sched_getaffinity(0))
    since, before, before_first = first or (began, 0.0, 0)
    return Measured(
        count,
        ended - began,
        (count - before_first) / (ended - since),
        (sum(used.values()) - before) / (ended - since) / cores,
        sum(open_table(out, "runs").to_table()["seconds"].to_pylist()[1:]) / (ended - since),
        used[top.pid],
        sum(used.values()),
        own,
        most,
        sum(1 for _ in out.rglob("*.parquet")),
        _size(out),
        _size(home),
    )


def _memory_mb(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 1e6


def _done(home: Path) -> int:
    handles = home / "handles"
    return sum(1 for _ in os.scandir(handles)) if handles.is_dir() else 0


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@contextmanager
def ray_nodes(count: int) -> Iterator[str]:
    """Start a cluster of so many nodes, each with a core of its own; yield its address."""
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"object_store_memory": _OBJECTS_BYTES}
    cores = sorted(os.sched_getaffinity(0))
    cluster = Cluster(
        initialize_head=True, head_node_args={**node, "num_cpus": 0, "include_dashboard": False}
    )
    try:
        for number in range(count):
            # Processes begin with the cores of the one that starts them.
            os.sched_setaffinity(0, {cores[number % len(cores)]})
            cluster.add_node(**node, num_cpus=1)
        os.sched_setaffinity(0, cores)
        yield str(cluster.address)
    finally:
        os.sched_setaffinity(0, cores)
        cluster.shutdown()  # type: ignore[no-untyped-call]


def content(out: Path) -> dict[str, pa.Table]:
    """Return all rows of a data set by table and run, without what says when they were computed."""
    found = {}
    for name in TABLES:
        table = open_table(out, name).to_table()
        left_out = [c for c in ("seconds", "created", "part") if c in table.column_names]
        # The rows of a run keep their order.
        table = table.drop_columns(left_out).append_column("row", pa.array(range(len(table))))
        rows = table.sort_by([("run", "ascending"), ("row", "ascending")]).drop_columns(["row"])
        found[name] = rows.combine_chunks()
    return found


def report(found: Measured) -> str:
    """Return what was measured, in words."""
    shares = {share: round(mb) for share, mb in found.own_mb.items() if share % 10 == 0}
    return (
        f"{found.clips} clips in {found.seconds:.1f} s: {found.clips / found.seconds:.2f} clips/s, "
        f"{found.pace:.2f} from the first one on, processors {100 * found.busy:.0f} % busy, "
        f"models at work {100 * found.models:.0f} % of the time, "
        f"{found.all_s / found.clips:.2f} s of a processor for a clip, "
        f"{found.own_s / found.clips:.2f} s of them in the own process, "
        f"own memory by percent done {shares} MB, "
        f"all processes at most {found.all_mb:.0f} MB, "
        f"{found.files} files with {found.data_set_mb:.1f} MB, home {found.home_mb:.1f} MB\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[100])
    parser.add_argument("--nodes", type=int, nargs="+", help="of a Ray cluster; none: no cluster")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--size", default="128x96", help="width x height of the videos")
    parser.add_argument("--workers", type=int, nargs="+", default=[0], help="most, 0: chosen")
    parser.add_argument("options", nargs="*", help="of fixviz analyze, after --")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    for count in args.clips:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            make_clips(folder / "clips", count, args.seconds, width, height)
            paces, contents = [], []
            for nodes, workers in product(args.nodes or [0], args.workers):
                out = folder / f"out-{nodes}-{workers}"
                home = folder / f"home-{nodes}-{workers}"
                with ray_nodes(nodes) if nodes else nullcontext() as address:
                    engine = [] if address is None else ["--engine", address]
                    found = measure(folder / "clips", out, home, [*args.options, *engine], workers)
                how = f"{nodes} nodes, " if nodes else ""
                how += f"at most {workers} model workers, " if workers else ""
                sys.stdout.write(how + report(found))
                sys.stdout.flush()
                shutil.rmtree(home)
                paces.append(found.pace)
                # Sums on other numbers of threads differ in their last digits.
                if nodes and workers == args.workers[0]:
                    contents.append(content(out))
            if len(paces) > 1:
                times = ", ".join(f"{pace / paces[0]:.2f}" for pace in paces)
                sys.stdout.write(f"Times as fast: {times}\n")
            if len(contents) > 1:
                same = all(found == contents[0] for found in contents[1:])
                sys.stdout.write(f"Results {'equal' if same else 'DIFFER'}\n")


if __name__ == "__main__":
    main()
