"""Measure the network's variants on this processor against a plain eager reference, in turn.

    python benchmarks/cpu.py --out docs/cpu.json

times official-b16 on one clip of 16 frames of 224 x 224 pixels in float32, in seconds of processor time:
the reference (`fixviz.model.naive_network`), the traced path, the path without a trace and, with
--compile, compiled blocks. Each round runs each of them once, so that what else the machine does falls on
all; a ratio is the median over the rounds.
"""

from __future__ import annotations

import datetime
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--compile/--no-compile", "compiling", default=False, help="Also with torch.compile.")
@click.option("--toy", is_flag=True, help="Tiny sizes, to try the script.")
def command(out: Path, rounds: int, threads: int, compiling: bool, toy: bool) -> None:
    """Measure, write OUT, and print a short table."""
    import torch
    from gpu_bench import VARIANTS, Bench
    from gpu_timing import relative_error

    from fixviz.model import naive_network
    from fixviz.model.compiling import with_compiled_blocks

    torch.set_num_threads(threads)
    bench = Bench("cpu", toy=toy, compiling=compiling)
    rows = []
    for variant in VARIANTS:
        model = bench.model(variant, "fp32")
        weights = dict(model.state_dict())
        pixels = bench.pixels(model, 1, bench.sizes.image)
        runs: dict[str, Callable[[], Any]] = {
            "reference": lambda: naive_network.logits(weights, model.config, pixels),  # noqa: B023
            "traced": lambda: model.trace(pixels).logits,  # noqa: B023
            "eager": lambda: model(pixels),  # noqa: B023
        }
        if compiling:
            compiled = with_compiled_blocks(model, dynamic=False)
            runs["compiled"] = lambda: compiled(pixels)  # noqa: B023
        with torch.no_grad():
            right = naive_network.logits(
                {name: weight.double() for name, weight in weights.items()},
                model.config,
                pixels.double(),
            )
            errors = {how: relative_error(run(), right) for how, run in runs.items()}  # Warms up.
            times: dict[str, list[float]] = {how: [] for how in runs}
            for _ in range(rounds):
                for how, run in runs.items():
                    began = time.process_time()
                    run()
                    times[how].append(time.process_time() - began)
        for how in runs:
            ratios = [r / t for r, t in zip(times["reference"], times[how], strict=True)]
            rows.append(
                {
                    "variant": variant,
                    "how": how,
                    "seconds": statistics.median(times[how]),
                    "times_reference": statistics.median(ratios),
                    "relative_error": errors[how],
                }
            )
            click.echo(
                f"{variant:9} {how:10} {rows[-1]['seconds']:7.3f} s "
                f"{rows[-1]['times_reference']:5.2f}x {errors[how]:.1e}"
            )
    about = bench.results["about"] | {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "device": _processor(),
        "threads": threads,
        "rounds": rounds,
    }
    out.write_text(json.dumps({"about": about, "clip": rows}, indent=1) + "\n", encoding="utf-8")


def _processor() -> str:
    """Return the processor's name, as Linux has it."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    command()
