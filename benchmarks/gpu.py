"""Measure the network's variants on this machine's GPU (or CPU) against a plain eager reference.

    python benchmarks/gpu.py --out docs/gpu.json

tries ways to launch the network's own GPU kernels and keeps the fastest; measures official-b16 as softmax,
vanilla linear and fixation attention: one clip and eight, float32 and bfloat16, eager, compiled, and
compiled in a CUDA graph; then one attention layer and the whole model from 1k to 64k tokens; what takes the
time; and what this card can do at most. The reference is
`fixviz.model.naive_network`; the error of every logit is told against it in float64. The file is written
after each piece, the most telling first, and nothing is begun that would end after --budget-s. With
`--toy`, sizes are tiny and the same pieces run in seconds on a CPU.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option(
    "--budget-s", type=click.FloatRange(0, min_open=True), default=320.0, show_default=True
)
@click.option("--only", default="", help="Pieces whose names begin like this, separated by commas.")
@click.option("--compile/--no-compile", "compiling", default=True, help="Use torch.compile.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--toy", is_flag=True, help="Tiny sizes, to try the script.")
def command(out: Path, budget_s: float, only: str, compiling: bool, device: str, toy: bool) -> None:
    """Measure, write OUT, and print a short table."""
    began = time.monotonic()
    from gpu_bench import Bench
    from gpu_pieces import pieces
    from gpu_table import table

    bench = Bench(device, toy=toy, compiling=compiling)
    for piece in pieces(bench):
        if only and not piece.name.startswith(tuple(only.split(","))):
            continue
        spent = time.monotonic() - began
        if spent + piece.expected_s > budget_s:
            bench.results["left_out"].append(piece.name)
            continue
        bench.do(piece.name, piece.run)
        click.echo(f"{time.monotonic() - began:6.1f} s  {piece.name}", err=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(bench.results, indent=1) + "\n", encoding="utf-8")
    bench.results["seconds"] = round(time.monotonic() - began, 1)
    out.write_text(json.dumps(bench.results, indent=1) + "\n", encoding="utf-8")
    click.echo(table(bench.results))


if __name__ == "__main__":
    command()
