"""Estimate what a library of clips costs on a cluster, on paper and by simulation.

    python benchmarks/scale.py measure    # minutes: what a clip costs on this machine
    python benchmarks/scale.py simulate   # minutes: 1 to 1,000 nodes, 10^3 to 10^7 clips

Both write their part of docs/scale.json, from which `python docs/generate.py` makes docs/scale.md.
"""

from __future__ import annotations

import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
from scale_cluster import SOURCES, Cluster
from scale_designs import Design, designs
from scale_paper import estimate
from scale_simulation import simulate

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
NODES: Final = (1, 10, 100, 1000)
CLIPS: Final = tuple(10**k for k in range(3, 8))
_EXACT: Final = ((1, 300), (4, 1000))
"""Nodes and clips that are simulated clip by clip, too."""


@click.group()
def command() -> None:
    """Estimate what a library of clips costs on a cluster."""


@command.command(name="measure")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=_DOCS / "scale.json"
)
@click.option("--clips", type=click.IntRange(2), default=24, show_default=True)
@click.option("--most", type=click.IntRange(100), default=100_000, show_default=True, help="Rows.")
@click.option("--gpu", type=click.Path(path_type=Path, exists=True), default=_DOCS / "gpu.json")
def measure_command(out: Path, clips: int, most: int, gpu: Path) -> None:
    """Measure one node."""
    from scale_measure import derived_gpu, measure, ray_call

    found = measure(clips, most=most)
    about = json.loads(gpu.read_text("utf-8"))
    node = found["node"]
    seconds = derived_gpu(about, node["windows"], node["depth"])
    found["gpu"] = {"device": about["about"]["device"], "seconds": seconds}
    found["ray"] = ray_call(round(node["rows"]["bytes"]))
    _write(out, found)
    click.echo(json.dumps(found, indent=1))


@command.command(name="simulate")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=_DOCS / "scale.json"
)
@click.option("--most-nodes", type=click.IntRange(1), default=NODES[-1], show_default=True)
@click.option("--most-clips", type=click.IntRange(1), default=CLIPS[-1], show_default=True)
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True)
def simulate_command(out: Path, most_nodes: int, most_clips: int, processes: int) -> None:
    """Simulate all designs, beside the estimate on paper; with more nodes than --most-nodes, that alone."""
    measured = json.loads(out.read_text("utf-8"))
    found = designs(measured)
    cases = [
        (design, nodes, clips)
        for design in found
        if design.simulated
        for nodes in NODES
        for clips in CLIPS
        if clips <= most_clips
    ]
    # The longest first, so that all processes end together.
    cases.sort(key=lambda case: -case[1])
    with ProcessPoolExecutor(processes) as pool:
        small = [case for case in cases if case[1] <= most_nodes]
        rows = list(pool.map(row, *zip(*small, strict=True)))
    rows += [on_paper(*case) for case in cases if case[1] > most_nodes]
    order = [design.name for design in found]
    rows.sort(key=lambda r: (order.index(r["design"]), r["nodes"], r["clips"]))
    _write(
        out,
        {
            "designs": [described(design) for design in found],
            "simulated": rows,
            "blocks": [blocks(found[2], nodes, clips) for nodes, clips in _EXACT],
            "sources": SOURCES,
            "assumed": assumed(found[0].on(1)),
        },
    )


def assumed(cluster: Cluster) -> dict[str, float]:
    """Return what is assumed of nodes."""
    names = ("cores", "link_bytes_per_s", "boot_s", "nodes_per_s", "mtbf_s", "repair_s", "spread")
    return {name: getattr(cluster, name) for name in (*names, "slow_share", "slow_factor")}


def row(design: Design, nodes: int, clips: int) -> dict[str, Any]:
    """Return how long so many clips take on so many nodes, simulated and on paper."""
    cluster = design.on(nodes)
    began = time.monotonic()
    simulated = simulate(design.costs, cluster, clips)
    took = time.monotonic() - began
    paper = estimate(design.costs, cluster, clips)
    return {
        **{"design": design.name, "nodes": nodes, "simulated": True, **asdict(simulated)},
        **{"paper_s": paper.seconds, "narrowest": paper.narrowest, "took_s": round(took, 1)},
    }


def on_paper(design: Design, nodes: int, clips: int) -> dict[str, Any]:
    """Return the estimate on paper alone."""
    paper = estimate(design.costs, design.on(nodes), clips)
    return {
        **{"design": design.name, "nodes": nodes, "clips": clips, "simulated": False},
        **{"seconds": paper.seconds, "paper_s": paper.seconds, "narrowest": paper.narrowest},
    }


def described(design: Design) -> dict[str, Any]:
    """Return what a design is, and its limits in clips per second of one node and of all that is shared."""
    one = estimate(design.costs, design.on(1), 1)
    two = estimate(design.costs, design.on(2), 1)
    rates = {name: rate for name, rate in one.rates.items() if math.isfinite(rate)}
    shared = {name: rate for name, rate in rates.items() if rate == two.rates[name]}
    return {
        **{"name": design.name, "about": design.about, "costs": asdict(design.costs)},
        "node": {name: rate for name, rate in rates.items() if name not in shared},
        "shared": shared,
    }


def blocks(design: Design, nodes: int, clips: int) -> dict[str, float]:
    """Return how long the same takes clip by clip and in blocks."""
    cluster = design.on(nodes)
    exact = simulate(design.costs, cluster, clips, block=1)
    chosen = simulate(design.costs, cluster, clips)
    return {
        **{"nodes": nodes, "clips": clips, "block": chosen.block},
        **{"exact_s": exact.seconds, "blocks_s": chosen.seconds},
    }


def _write(out: Path, part: dict[str, Any]) -> None:
    """Put a part into the file, in the place of what it had."""
    before = json.loads(out.read_text("utf-8")) if out.exists() else {}
    text = json.dumps(before | part, indent=1, allow_nan=False)
    out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    command()
