"""Write what was measured on masked video as Markdown. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence

from fixviz.evaluation.results import Entry, shown_size

COLUMNS = {
    "mass": "mass on target",
    "lift": "lift",
    "pointing": "pointing",
    "average_precision": "precision",
    "concentration": "concentration",
}
"""Figures of a model and what their columns are called."""


def by_chance(entry: Entry) -> dict[str, float]:
    """Return what attention that knows nothing of the target would reach; not all COLUMNS have it."""
    return {
        "mass": entry["figures"]["uniform"]["mean"],
        "lift": 1.0,
        "pointing": entry["chances"]["pointing_chance"],
        "average_precision": entry["chances"]["average_precision_chance"],
    }


def masked_text(entries: Sequence[Entry]) -> str:
    """Return a table for each folder of masked video, and how the models differ in lift."""
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        # What chance would reach depends on the patches, so each frame size has a table of its own.
        groups.setdefault((entry["masks"], shown_size(entry)), []).append(entry)
    usual = min((entry["image_size"] for entry in entries), default=0)
    return "\n\n".join(_part(group, size * (size != usual)) for (_, size), group in groups.items())


def _part(entries: Sequence[Entry], size: int) -> str:
    """Return the table of one folder. size: of the frames, where the heading has to say it; else 0."""
    first = entries[0]
    count = len(first["sequences"])
    chance = by_chance(first)
    shown = f", frames of {size} px" if size else ""
    heading = (
        f"**On real video** ({count} sequences, {first['masks']}{shown}): where the last layer's spatial"
        " attention lies, against masks of what moves that people drew. Lift: mass on target over that of"
        " uniform attention. With 95 % intervals by bootstrap over the sequences."
    )
    rows = [
        ("model", *COLUMNS.values(), "lift above 1"),
        ("---",) * (len(COLUMNS) + 2),
        ("by chance", *(f"{chance[n]:.2f}" if n in chance else "" for n in COLUMNS), ""),
        *(
            (
                e["title"],
                *(_show(e["figures"][name]) for name in COLUMNS),
                f"{e['above_uniform']} of {count}",
            )
            for e in entries
        ),
    ]
    lines = [heading, "", *("| " + " | ".join(cells) + " |" for cells in rows)]
    titles = {e["checkpoint"]: e["title"] for e in entries}
    gains = [
        f"{e['title']} over {titles[other]}: {_show(e['minus'][other]['lift'], '+')}"
        for i, e in enumerate(entries)
        for other in list(titles)[:i]
        if other in e["minus"]
    ]
    return "\n".join(
        [*lines, *(["", f"Differences in lift: {'; '.join(gains)}."] if gains else [])]
    )


def _show(values: dict[str, float], sign: str = "") -> str:
    return f"{values['mean']:{sign}.2f} ({values['low']:{sign}.2f} to {values['high']:{sign}.2f})"
