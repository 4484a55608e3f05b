"""Format results as tables for the terminal and as CSV. Free of torch."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from fixviz.csv_files import write_rows
from fixviz.evaluation.faithfulness_table import FAITHFULNESS
from fixviz.evaluation.masked_table import COLUMNS, by_chance, doubt, shown
from fixviz.evaluation.results import Entry, shown_size

_HEAD = (
    *("model", "right %", "95 %", "layer", "concentration", "support"),
    *("mass on target", "of its queries", "area", "pointing", "precision"),
)
_MOTION = {
    "agreement": "motion agreement (rank correlation)",
    "attended": "attended motion (1: as anywhere)",
}
_FIGURES = (
    *("mass", "mass_on_target", "area", "pointing", "average_precision"),
    *("concentration", "effective_support", "frames", "target_frames"),
)


def table(entries: Sequence[Entry]) -> str:
    """Return aligned text: for each preset and frame size a block with one line per model and layer."""
    blocks = []
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        group = (entry["preset"], entry["height"], entry["width"], entry["clips"], entry["seed"])
        groups.setdefault((*group, entry["attention_clips"]), []).append(entry)
    for (preset, height, width, clips, seed, looked_at), members in groups.items():
        rows = [_HEAD, *(row for entry in members for row in _rows(entry))]
        lines = [
            f"{preset}, {width} x {height} px, {clips} clips of seed {seed}"
            f" (attention: {looked_at} of them)",
            *aligned(rows),
            "",
            *aligned([("model", "parameters", "ms/clip", "MB/clip"), *map(_cost_row, members)]),
            f"on {members[0]['cost']['device']}, one clip at a time, median of"
            f" {members[0]['cost']['repeats']}",
            "",
            *aligned([("right % of", *(e["checkpoint"] for e in members)), *_class_rows(members)]),
        ]
        blocks.append("\n".join(lines))
    return "\n\n\n".join(blocks)


def _rows(entry: Entry) -> list[tuple[str, ...]]:
    interval = f"{100 * entry['accuracy_low']:.1f}-{100 * entry['accuracy_high']:.1f}"
    first = (entry["checkpoint"], f"{100 * entry['accuracy']:.1f}", interval)
    names = ("concentration", "effective_support", *_FIGURES[:5])
    digits = {"concentration": 3, "effective_support": 1}
    rows = []
    for number, layer in enumerate(entry["layers"]):
        figures = tuple(_number(layer[name], digits.get(name, 3)) for name in names)
        rows.append((first if number == 0 else ("", "", "")) + (str(number), *figures))
    return rows or [(*first, *[""] * 8)]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _cost_row(entry: Entry) -> tuple[str, ...]:
    cost = entry["cost"]
    return (
        *(entry["checkpoint"], f"{entry['parameters']:,}"),
        *(f"{1000 * cost['seconds']:.1f}", f"{cost['peak_bytes'] / 1e6:.1f}"),
    )


def _class_rows(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(name for e in entries for name in e["class_accuracy"]))
    return [
        (name, *(_number(_percent(e["class_accuracy"].get(name)), 0) for e in entries))
        for name in names
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of text in columns, the first one aligned to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def to_csv(entries: Sequence[Entry]) -> str:
    """Return one line per checkpoint, preset, frame size and layer; an empty field is undefined."""
    head = (
        *("checkpoint", "recipe", "training_seed", "preset", "height", "width", "seed", "clips"),
        *("accuracy", "accuracy_low", "accuracy_high", "parameters"),
        *("seconds_per_clip", "peak_bytes", "device", "attention_clips", "layer", *_FIGURES),
    )
    rows: list[Iterable[Any]] = [head]
    for e in entries:
        training, cost = e["training"], e["cost"]
        shared = (
            *(e["checkpoint"], training["recipe"], training["seed"], e["preset"], e["height"]),
            *(e["width"], e["seed"], e["clips"], e["accuracy"], e["accuracy_low"]),
            *(e["accuracy_high"], e["parameters"], round(cost["seconds"], 6), cost["peak_bytes"]),
            *(cost["device"], e["attention_clips"]),
        )
        for number, layer in enumerate(e["layers"]):
            rows.append((*shared, number, *(layer[name] for name in _FIGURES)))
        if not e["layers"]:
            rows.append((*shared, *[None] * (len(head) - len(shared))))
    return _csv(rows)


def motion_table(entries: Sequence[Entry]) -> str:
    """Return aligned text: each measure per video and model, one column per axis and layer.

    A cell is empty where a model does not have that axis or layer.
    """
    parts = []
    for name, heading in _MOTION.items():
        cells = [_motion_cells(entry, name) for entry in entries]
        places = list(dict.fromkeys(place for found in cells for place in found))
        head = ("video, model", *(f"{axis} {layer}" for axis, layer in places))
        rows = [
            (
                f"{entry['video']}, {entry['checkpoint']}",
                *(_number(found[p], 3) if p in found else "" for p in places),
            )
            for entry, found in zip(entries, cells, strict=True)
        ]
        parts.append("\n".join([f"{heading}:", *aligned([head, *rows])]))
    return "\n\n".join(parts)


def motion_csv(entries: Sequence[Entry]) -> str:
    """Return one line per video, model, axis and layer; an empty field is undefined."""
    shared = ("video", "checkpoint", "frames")
    rows: list[Iterable[Any]] = [(*shared, "axis", "layer", "motion_agreement", "attended_motion")]
    for entry in entries:
        cells = [_motion_cells(entry, name) for name in _MOTION]
        for place in cells[0]:
            rows.append((*(entry[k] for k in shared), *place, *(c[place] for c in cells)))
    return _csv(rows)


def _motion_cells(entry: Entry, name: str) -> dict[tuple[str, int], float | None]:
    """Return the values of one measure by axis and layer."""
    return {
        (axis, layer): value
        for axis, layers in entry[name].items()
        for layer, value in enumerate(layers)
    }


def masked_tables(entries: Sequence[Entry]) -> str:
    """Return a table for each frame size at which the models were shown masked video."""
    first = entries[0]["checkpoint"]
    starts = [i for i, e in enumerate(entries) if e["checkpoint"] == first]
    parts = [entries[a:b] for a, b in pairwise([*starts, len(entries)])]
    return "\n\n".join(masked_table(part) for part in parts)


def masked_table(entries: Sequence[Entry]) -> str:
    """Return aligned text: the figures of each model with intervals, by chance, and the differences."""
    first = entries[0]
    count = len(first["sequences"])
    chance = by_chance(first)
    rows = [
        ("model", *COLUMNS.values(), "above uniform"),
        ("by chance", *(_number(chance.get(name), 3) for name in COLUMNS), ""),
    ]
    for e in entries:
        figures = (shown(e["figures"][name], 3) for name in COLUMNS)
        rows.append((e["checkpoint"], *figures, f"{e['above_uniform']} of {count}"))
    pairs = [(e, other) for i, e in enumerate(entries) for other in list(e["minus"])[:i]]
    sequences = "1 sequence" if count == 1 else f"{count} sequences"
    sizes = ", ".join(f"{size} px" for size in dict.fromkeys(map(shown_size, entries)))
    title = f"{first['masks']}, {sequences}, frames of {sizes}, last layer's spatial attention"
    lines = [title, *aligned(rows)]
    if pairs:
        compared = list(pairs[0][0]["minus"][pairs[0][1]])
        head = ("difference", *(COLUMNS[name] for name in compared))
        cells = [
            (
                f"{e['checkpoint']} - {other}",
                *(shown(e["minus"][other][name], 3, "+") for name in compared),
            )
            for e, other in pairs
        ]
        lines += ["", *aligned([head, *cells])]
    if count > 1:
        lines += ["", "with 95 % intervals by bootstrap over the sequences"]
    if first.get("left_out"):
        lines += [
            "",
            f"left out, since no mask covers enough of a patch: {', '.join(first['left_out'])}",
        ]
    return "\n".join([*lines, *([doubt(count)] if doubt(count) else [])])


def masked_csv(entries: Sequence[Entry]) -> str:
    """Return one line per model and sequence."""
    names = list(entries[0]["sequences"][0])
    rows: list[Iterable[Any]] = [("masks", "checkpoint", "short_side", *names)]
    for e in entries:
        first = e["masks"], e["checkpoint"], shown_size(e)
        rows += [(*first, *row.values()) for row in e["sequences"]]
    return _csv(rows)


def faithfulness_table(entries: Sequence[Entry]) -> str:
    """Return aligned text: a block for each preset, number of clips and map, a line for each model."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        key = entry["preset"], entry["clips"], entry["seed"], entry["map"]
        groups.setdefault(key, []).append(entry)
    blocks = []
    for (preset, clips, seed, method), members in groups.items():
        rows: list[tuple[str, ...]] = [("model", *FAITHFULNESS.values(), *_BETTER)]
        for e in members:
            figures = (shown(e["figures"][name], 3, sign="+") for name in FAITHFULNESS)
            better = (f"{e['better'][kind]} of {clips}" for kind in ("deletion", "insertion"))
            rows.append((e["checkpoint"], *figures, *better))
        title = f"{preset}, {clips} clips of seed {seed}, map: {method}"
        blocks.append("\n".join([title, *aligned(rows)]))
    about = "Gain: area against the mean of 10 random orders, above 0 is better; 95 % interval over clips."
    return "\n\n".join([*blocks, about])


_BETTER = ("deletion beats random", "insertion beats random")


def faithfulness_csv(entries: Sequence[Entry]) -> str:
    """Return one line per model and preset, with all figures and the ends of their intervals."""
    names = list(entries[0]["figures"])
    ends = ("mean", "low", "high")
    shared = ("checkpoint", "preset", "clips", "seed", "map")
    head = (*shared, *(f"{name}_{end}" for name in names for end in ends))
    rows: list[Iterable[Any]] = [(*head, "deletion_better", "insertion_better")]
    for e in entries:
        figures = (e["figures"][name][end] for name in names for end in ends)
        better = (e["better"][kind] for kind in ("deletion", "insertion"))
        rows.append((*(e[k] for k in shared), *figures, *better))
    return _csv(rows)


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    write_rows(text, rows, lineterminator="\n")
    return text.getvalue()
