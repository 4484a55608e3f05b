"""How near estimates of time and memory come to what analyses take on this machine.

    python benchmarks/estimates.py --out estimates.json

For the shipped models and for networks of the shape of official-b16 with random weights, by softmax, linear
and fixation, at two lengths each: the calibration that `fixviz analyze --estimate` makes, and then the
model worker's own task, each in a process of its own. Time is in seconds of processor time, by which
figures of a machine with other work to do still compare, and wall time beside it; memory is the most that
the process held (resident) beyond what it held with its models loaded and warm. Needs Linux with glibc.
"""

from __future__ import annotations

import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from fixviz.engine.calibration import Calibration, Sample, Shape

SHIPPED: Final = ("softmax", "linear", "fixation")
OFFICIAL: Final = ("official-softmax", "official-linear", "official-fixation")
LENGTHS: Final = {"shipped": (16, 64), "official": (16, 40)}
"""Frames of the clips: two windows to fifteen of a shipped model, one to four of an official one."""
SAMPLE: Final = "there-and-back.mp4"


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--models", default=",".join((*SHIPPED, *OFFICIAL)), show_default=True)
@click.option("--frames", help="Lengths, separated by commas.  [default: by model]")
@click.option("--size", type=click.IntRange(16), help="Frame size.  [default: as trained]")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=1, show_default=True)
@click.option("--piece", hidden=True, help="What this process has to do, as JSON.")
def command(
    out: Path | None,
    models: str,
    frames: str | None,
    size: int | None,
    threads: int,
    repeats: int,
    piece: str | None,
) -> None:
    """Print a line for each model and length; with --out, write all figures as JSON."""
    if piece is not None:
        asked = json.loads(piece)
        click.echo(json.dumps(PIECES[asked.pop("do")](**asked)))
        return
    rows = []
    click.echo(
        f"{'model':18}{'frames':>7}{'wall s':>9}{'CPU s':>9}{'estimate':>9}{'ratio':>7}"
        f"{'MB':>8}{'estimate':>9}{'ratio':>7}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in models.split(","):
            kind = "official" if name.startswith("official") else "shipped"
            asked = {"name": name, "folder": folder, "size": size}
            shape = _in_process(threads, do="calibrate", **asked)
            for count in map(int, frames.split(",")) if frames else LENGTHS[kind]:
                work = _in_process(threads, do="write_clips", frames=count, **asked)
                found = [
                    _in_process(threads, do="analyze", frames=count, shape=shape, **asked)
                    for _ in range(repeats)
                ]
                row = {"model": name, "frames": count, "threads": threads}
                for part in ("cpu_s", "wall_s", "bytes"):
                    row[part] = statistics.median(one[part] for one in found)
                rows.append(row | _estimates(shape, work))
                click.echo(_line(rows[-1]))
    if out is not None:
        out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['model']:18}{row['frames']:7d}{row['wall_s']:9.2f}{row['cpu_s']:9.2f}"
        f"{row['estimated_cpu_s']:9.2f}{row['estimated_cpu_s'] / row['cpu_s']:7.2f}"
        f"{row['bytes'] / 1e6:8.0f}{row['estimated_bytes'] / 1e6:9.0f}"
        f"{row['estimated_bytes'] / row['bytes']:7.2f}"
    )


def _in_process(threads: int, **asked: Any) -> Any:
    """Do a piece in a process of its own and return what it prints."""
    script = [sys.executable, str(Path(__file__).resolve()), "--piece", json.dumps(asked)]
    env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True, env=env)
    return json.loads(done.stdout)


def _estimates(shape: dict[str, Any], work: dict[str, Any]) -> dict[str, float]:
    """Return what the estimate makes of the calibration."""
    from fixviz.engine.estimate import Work, cost
    from fixviz.model.config import ModelConfig

    config = ModelConfig.from_dict(work["config"])
    known = (_shape(shape),)
    found = cost(Work(work["frames"], work["height"], work["width"], (config,), known))
    return {
        "estimated_cpu_s": found.seconds,
        "estimated_bytes": found.memory_bytes,
        "calibration": shape["samples"],
    }


def _shape(found: dict[str, Any]) -> Shape:
    """Return what a process has measured and printed."""
    samples = tuple(Sample(**sample) for sample in found["samples"])
    return Shape(samples, found["start_s"], found["measured"])


def _checkpoint(name: str, folder: str) -> Path:
    """Return the folder of a checkpoint; that of a network with random weights is made."""
    from fixviz.model.config import preset, resolve_checkpoint

    if not name.startswith("official-"):
        return resolve_checkpoint(name)
    made = Path(folder) / name
    if not made.exists():
        import torch
        from gpu_bench import VARIANTS

        from fixviz.model.checkpoints import save_checkpoint
        from fixviz.model.transformer import VideoTransformer

        torch.manual_seed(0)
        config = replace(preset("official-b16"), **VARIANTS[name.removeprefix("official-")])
        save_checkpoint(made, VideoTransformer(config), title=name, card="")
    return made


def _calibrate(name: str, folder: str, size: int | None) -> dict[str, Any]:
    """Return what the calibration finds, in processor time."""
    import torch

    from fixviz.engine.machine import threads
    from fixviz.engine.measuring import measure_shape
    from fixviz.model.config import read_config

    torch.set_num_threads(threads())
    config = read_config(_checkpoint(name, folder)).config
    shape = measure_shape(config, torch.device("cpu"), 0.0, clock=time.process_time)
    return asdict(shape)


def _write_clips(name: str, folder: str, frames: int, size: int | None) -> dict[str, Any]:
    """Pickle clips of the sample video, on and back: one frame to warm up with, and as many as asked."""
    import pickle

    from fixviz import resources
    from fixviz.media.process import read_clip
    from fixviz.model.config import read_config
    from fixviz.settings import Settings

    config = read_config(_checkpoint(name, folder)).config
    video = str(resources.samples() / SAMPLE)
    clip = read_clip(video, rate_hz=config.frame_rate, settings=Settings())
    on_and_back = [*range(len(clip)), *range(len(clip) - 2, 0, -1)]
    assert clip.next_frames is not None
    for count in (1, frames):
        chosen = np.resize(on_and_back, count)
        longer = replace(
            clip,
            frames=clip.frames[chosen],
            indices=np.arange(count),
            timestamps=np.arange(count) / config.frame_rate,
            next_frames=clip.next_frames[chosen],
            next_indices=np.arange(1, count + 1),
        )
        with (Path(folder) / f"{count}.pickle").open("wb") as file:
            pickle.dump(longer, file)
    shown = config if size is None else replace(config, image_size=size)
    height, width = clip.frames.shape[1:3]
    return {"frames": frames, "config": shown.to_dict(), "height": height, "width": width}


def _analyze(
    name: str, folder: str, size: int | None, frames: int, shape: dict[str, Any]
) -> dict[str, Any]:
    """Run the model worker's task, warm, on clips that are there, and return what it took.

    shape: what the calibration has found; the task would measure it first, and that is not its own work.
    """
    from fixviz.engine import worker
    from fixviz.engine.jobs import ModelTask
    from fixviz.engine.machine import describe_machine
    from fixviz.engine.plan import Checkpoints
    from fixviz.model.config import read_config
    from fixviz.settings import Settings
    from fixviz.tasks.child import TaskContext

    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), job_timeout_s=10**6)
        reference = Checkpoints(settings)(str(_checkpoint(name, folder)))
        config = read_config(_checkpoint(name, folder)).config
        Calibration(settings.home).keep(describe_machine("cpu"), config, _shape(shape))

        def task(count: int, side: int | None) -> ModelTask:
            file = str(Path(folder) / f"{count}.pickle")
            key = f"{count:064x}"
            return ModelTask(key, file, SAMPLE, "0" * 64, (reference,), "cpu", settings, size=side)

        # What a process loads with its first task, on one small frame.
        worker.analyze(task(1, 32), TaskContext(0))
        asked = task(frames, size)
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        ctypes.CDLL(None).malloc_trim(0)  # What the allocator keeps for later is not held.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        held = _status("VmRSS")
        worker.analyze(asked, TaskContext(0))
        taken = _status("VmHWM") - held
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return {"cpu_s": cpu_s, "wall_s": wall_s, "bytes": taken}


def _status(name: str) -> int:
    """Return an amount of memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) * 1024


PIECES: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "calibrate": _calibrate,
    "write_clips": _write_clips,
    "analyze": _analyze,
}

if __name__ == "__main__":
    command()
