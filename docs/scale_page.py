"""Make the tables and the figure of docs/scale.md from docs/scale.json, for docs/generate.py.

`benchmarks/scale.py` writes the file; every number of the page comes from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from fixviz.drawing.svg_file import svg_file
from fixviz.reading.figures.figure import Axis, Figure, Lines, Panel, Panels, Series

Results: TypeAlias = dict[str, Any]
Table: TypeAlias = Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]]

_TIMED: Final = ("one home", "rows by the nodes", "S3, 16 data sets", "S3, 16 data sets, GPUs")
"""Designs whose times stand in a table."""
_DRAWN: Final = ("one home", "S3, 16 data sets")
_MEMORY: Final = 64 * 10**9
"""Memory of a large machine, in bytes."""


def summary_text(results: Results, table: Table) -> str:
    """Say in a paragraph what a clip costs, and what gives out first."""
    about, node = results["about"], results["node"]
    costs = _design(results, "one home")["costs"]
    core = _core_s(results)
    parts = _parts(results)
    shares = ", ".join(f"{name} {100 * seconds / core:.0f} %" for name, seconds in parts.items())
    first = _design(results, "one home")
    own = min(first["node"].values())
    name, rate = min(first["shared"].items(), key=lambda item: item[1])
    return (
        f"Measured on {about['processor']}, {about['cores']} cores, torch {about['torch']}, "
        f"{about['date']}: one clip of {node['clip_seconds']:g} s (640 × 360 pixels, {node['frames']} "
        f"analyzed frames, the three shipped models) takes {core:.2f} s of one core: {shares}. A node of "
        f"{results['assumed']['cores']} such cores does {own:.1f} clips a second. With one home and one "
        f"driver, the {name} gives out first, at {rate:.1f} clips a second: "
        f"{_number(rate / own)} nodes. A run takes {_bytes(costs['write_bytes'])} in "
        f"{costs['requests']:.0f} files, its rows {_bytes(costs['rows_bytes'])}."
    )


def node_text(results: Results, table: Table) -> str:
    """Return the table of what a clip costs on one node."""
    node = results["node"]
    core = _core_s(results)
    rows = [(name, f"{s:.3f}", f"{100 * s / core:.0f} %") for name, s in _parts(results).items()]
    rows.append(("**together**", f"**{core:.3f}**", "100 %"))
    memory = node["worker"]["bytes"]
    facts = [
        (
            "start of a model worker until it can compute, seconds of a core",
            f"{node['worker']['start_core_s']:.1f}",
        ),
        ("memory of a model worker, at most", _bytes(memory)),
        ("bytes of a run in the store", _bytes(node["run_bytes"])),
        ("files of a run in the store", f"{node['run_files']:.0f}"),
        ("bytes of its rows in the data set", _bytes(node["rows"]["bytes"])),
        ("clips of a shard", f"{node['clips_of_a_shard']:,}"),
        ("processor while a run keeps the home's lock", f"{1000 * node['lock_s']:.1f} ms"),
        ("files listed in a second of the processor", f"{node['listing_files_per_s']:,.0f}"),
        ("bytes hashed in a second", _bytes(node["lookup"]["hash_bytes_per_s"])),
        ("memory of the driver for each clip", _bytes(node["driver_bytes"])),
        (
            f"driver's processor for a call of an actor of Ray {results['ray']['version']} that returns "
            "the rows",
            f"{1000 * results['ray']['call_s']:.2f} ms",
        ),
    ]
    head = ("what", "seconds of a core", "share")
    return "\n".join([*table(head, rows), "", *table(("what else", "measured"), facts)])


def decoding_text(results: Results, table: Table) -> str:
    """Return the table of decoding by the size of the picture."""
    node = results["node"]
    models = sum(node["models"].values()) + node["shared_s"]
    rows = [
        (
            *(size.replace("x", " × "), _bytes(found["bytes"]), f"{found['seconds']:.3f}"),
            f"{100 * found['seconds'] / (found['seconds'] + models):.0f} %",
        )
        for size, found in node["decode"].items()
    ]
    head = ("picture", "video", "seconds of a core", "share of decoding and models together")
    return "\n".join(table(head, rows))


def designs_text(results: Results, table: Table) -> str:
    """Return what the compared designs are."""
    return "\n".join(f"- **{d['name']}**: {d['about']}." for d in results["designs"])


def limits_text(results: Results, table: Table) -> str:
    """Return the table of what gives out, and from how many nodes on."""
    rows = []
    for design in results["designs"]:
        name, own = min(design["node"].items(), key=lambda item: item[1])
        for number, (what, rate) in enumerate(
            sorted(design["shared"].items(), key=lambda item: item[1])[:3]
        ):
            first = (design["name"], f"{own:.2f} ({name})") if number == 0 else ("", "")
            rows.append((*first, what, f"{rate:,.1f}", _number(rate / own)))
    head = ("design", "clips/s of a node (what decides)", "shared by all", "clips/s at most")
    return "\n".join(table((*head, "from how many nodes on"), rows))


def figure_text(results: Results, table: Table) -> str:
    """Return the place of the figure."""
    about = "Hours against nodes, for libraries of 1,000 to 10,000,000 clips"
    return f"![{about}: {', and '.join(_DRAWN)}](images/scale.svg)"


def times_text(results: Results, table: Table) -> str:
    """Return a table of simulated times for each design."""
    parts = []
    for name in _TIMED:
        rows = [row for row in results["simulated"] if row["design"] == name]
        sizes = sorted({row["clips"] for row in rows})
        lines = []
        for nodes in sorted({row["nodes"] for row in rows}):
            line = [next(r for r in rows if (r["nodes"], r["clips"]) == (nodes, n)) for n in sizes]
            cells = [_cell(row) for row in line]
            lines.append((f"{nodes:,}", *cells))
        head = ("nodes", *(f"{n:,} clips" for n in sizes))
        parts.append("\n".join([f"**{name}**", "", *table(head, lines)]))
    marks = ", ".join(f"{mark.strip()} {name}" for name, mark in _MARKS.items() if mark)
    paper = (
        "In italics: on paper alone. "
        if not all(r["simulated"] for r in results["simulated"])
        else ""
    )
    parts.append(f"{paper}What decides where it is not the processors of the nodes: {marks}.")
    return "\n\n".join(parts)


def node_hours_text(results: Results, table: Table) -> str:
    """Return the table of node-hours: nodes times hours."""
    rows = []
    chosen = [r for r in results["simulated"] if r["design"] == "S3, 16 data sets"]
    sizes = sorted({row["clips"] for row in chosen})
    for nodes in sorted({row["nodes"] for row in chosen}):
        line = [next(r for r in chosen if (r["nodes"], r["clips"]) == (nodes, n)) for n in sizes]
        rows.append((f"{nodes:,}", *(_number(nodes * r["seconds"] / 3600) for r in line)))
    return "\n".join(table(("nodes", *(f"{n:,} clips" for n in sizes)), rows))


def agreement_text(results: Results, table: Table) -> str:
    """Say how far the simulation is from the estimate on paper, and blocks from single clips."""
    rows = [row for row in results["simulated"] if row["simulated"]]
    apart = sorted((abs(r["seconds"] / r["paper_s"] - 1), r["design"], r["nodes"]) for r in rows)
    middle, (most, design, nodes) = apart[len(apart) // 2][0], apart[-1]
    exact = ", ".join(
        f"{100 * abs(b['blocks_s'] / b['exact_s'] - 1):.1f} % ({b['clips']:,} clips on {b['nodes']} nodes)"
        for b in results["blocks"]
    )
    again = max(rows, key=lambda r: r["again"])
    return (
        f"Over {len(rows)} cases, the simulation differs from the formula by {100 * middle:.1f} % in the "
        f"middle and {100 * most:.1f} % at most ({design}, {nodes:,} nodes). Blocks of clips as one event "
        f"differ from single clips by {exact}. Most clips that were computed once more, since their node "
        f"failed: {again['again']:,} of {again['clips']:,} ({again['failures']} failures, "
        f"{again['design']}, {again['nodes']:,} nodes). No clip was lost: each has its rows."
    )


def growth_text(results: Results, table: Table) -> str:
    """Return the table of what grows with the clips that there are already."""
    rows = [
        (
            f"{t['clips']:,}",
            f"{1e6 * t['seconds']:.0f}",
            f"{1e6 * t['whole_seconds']:.0f}",
            f"{1000 * h['find_s']:.2f}",
        )
        for t, h in zip(results["tables"], results["handles"], strict=True)
    ]
    head = (
        "clips",
        "clips.parquet with its journal, µs a clip",
        "were it written whole for each shard, µs a clip",
        "finding a handle in a home, ms a look",
    )
    return "\n".join(table(head, rows))


def library_text(results: Results, table: Table) -> str:
    """Return the table of what a library of each size takes, whatever the nodes."""
    node = results["node"]
    rows = []
    for clips in sorted({row["clips"] for row in results["simulated"]}):
        memory = clips * node["driver_bytes"]
        rows.append(
            (
                f"{clips:,}",
                _bytes(clips * node["run_bytes"]),
                f"{clips * node['run_files']:,.0f}",
                _bytes(clips * node["rows"]["bytes"]),
                f"{math.ceil(clips / node['clips_of_a_shard']):,}",
                _time(clips / node["listing_files_per_s"]),
                _bytes(memory) + (" ✗" if memory > _MEMORY else ""),
            )
        )
    head = ("clips", "runs", "files of runs", "rows", "shards", "listing", "memory of one driver")
    lines = table(head, rows)
    if any(row[-1].endswith("✗") for row in rows):
        lines += ["", f"✗: more than the {_bytes(_MEMORY)} of a large machine."]
    return "\n".join(lines)


def assumptions_text(results: Results, table: Table) -> str:
    """Say what is assumed, and where published figures stand."""
    a = results["assumed"]
    own = (
        f"Nodes have {a['cores']} cores, each as fast as the measured one, and a network of "
        f"{a['link_bytes_per_s'] * 8 / 1e9:.0f} Gbit/s. A node runs {a['boot_s']:.0f} s after it was "
        f"ordered, {a['nodes_per_s']:g} nodes join in a second, and workers start as measured. One in "
        f"{1 / a['slow_share']:.0f} nodes takes {a['slow_factor']:g} times as long; the time of a clip "
        f"varies by {100 * a['spread']:.0f} %. A node fails once in {a['mtbf_s'] / 3600:,.0f} hours, and "
        f"another takes its place after {a['repair_s']:.0f} s."
    )
    sources = [
        f"- {name}: {said} ([source]({url}))." for name, (said, url) in results["sources"].items()
    ]
    return "\n".join([own, "", *sources])


def figure(results: Results) -> str:
    """Return the SVG of time against nodes for each size of library, with what decides."""
    nodes = sorted({row["nodes"] for row in results["simulated"]})
    sizes = sorted({row["clips"] for row in results["simulated"]})
    panels = []
    for name in _DRAWN:
        series = []
        for color, clips in enumerate(sizes):
            rows = [r for r in results["simulated"] if (r["design"], r["clips"]) == (name, clips)]
            rows.sort(key=lambda r: r["nodes"])
            hours = np.array([r["seconds"] / 3600 for r in rows])
            series.append(Series(f"{clips:,} clips", hours, color, solid=True))
            shared = np.array([r["narrowest"] not in _OF_NODES for r in rows])
            marked = np.where(shared, hours, np.nan)
            series.append(Series("", marked, color, cross=True, solid=True, in_legend=False))
        highest = max(r["seconds"] for r in results["simulated"]) / 3600
        chart = Lines(
            np.array(nodes, float),
            series,
            Axis("nodes", nodes[0], nodes[-1], log=True),
            Axis("hours", 0.02, 10 ** math.ceil(math.log10(highest)), log=True),
        )
        panels.append(Panel(name, chart, f"Hours against nodes, {name}"))
    caption = (
        "Time of a library against the number of nodes, simulated or, as the table says, on paper. "
        "Crosses: something that all nodes share decides, so that more nodes do not help."
    )
    return svg_file(Figure("scale", Panels(panels), caption, {}, caption))


_OF_NODES: Final = frozenset({"processors", "clips under way", "network of a node", "GPUs"})
_MARKS: Final = {
    "processors": "",
    "driver": " ᵈ",
    "network of the driver": " ⁿ",
    "store, reading": " ʳ",
    "store, bytes": " ᵇ",
    "store, requests": " ᵖ",
    "lock of the store": " ˡ",
    "clips under way": " ʷ",
    "network of a node": " ᵗ",
    "GPUs": " ᵍ",
}


def _cell(row: dict[str, Any]) -> str:
    """Return a time; in italics where it is on paper alone."""
    time = _time(row["seconds"])
    return f"{time if row['simulated'] else f'*{time}*'}{_MARKS[row['narrowest']]}"


def _design(results: Results, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(d for d in results["designs"] if d["name"] == name)
    return found


def _parts(results: Results) -> dict[str, float]:
    """Return seconds of a core for a clip by what they go into."""
    node, costs = results["node"], _design(results, "one home")["costs"]
    return {
        "decoding": costs["decode_s"],
        **{f"model {name}": seconds for name, seconds in node["models"].items()},
        "motion, for all models": node["shared_s"],
        "compressing and storing the run": costs["store_s"],
        "looking the clip up": costs["dispatch_s"],
        "checking the stored run": node["claim_s"],
        "making its rows": node["rows"]["make_s"],
        "appending its rows": node["rows"]["append_s"],
    }


def _core_s(results: Results) -> float:
    return sum(_parts(results).values())


def _bytes(amount: float) -> str:
    """Write bytes with three digits."""
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    step = min(len(units) - 1, max(0, int(math.log10(max(amount, 1)) // 3)))
    return f"{amount / 1000**step:.3g} {units[step]}"


def _time(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{_number(seconds / size)} {unit}"
    return f"{seconds:.0f} s"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


PARTS: Final[dict[str, Callable[[Results, Table], str]]] = {
    "scale, in short": summary_text,
    "scale, one node": node_text,
    "scale, decoding": decoding_text,
    "scale, designs": designs_text,
    "scale, limits": limits_text,
    "scale, figure": figure_text,
    "scale, times": times_text,
    "scale, agreement": agreement_text,
    "scale, libraries": library_text,
    "scale, growth": growth_text,
    "scale, node-hours": node_hours_text,
    "scale, assumptions": assumptions_text,
}
"""By the name in the comments of the page."""
