"""Write what was measured on masked video as Markdown. Free of torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fixviz.evaluation.results import Entry, shown_size

COLUMNS = {
    "mass": "mass on target",
    "lift": "lift",
    "pointing": "pointing",
    "average_precision": "average precision",
    "concentration": "concentration",
}
"""Figures of a model and what their columns are called."""
FEWEST: Final = 5
"""Of fewer sequences, resamples are so alike that their interval is too narrow."""


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
    return "\n\n".join(_part(group) for group in _by_folder(entries))


def short_text(entries: Sequence[Entry]) -> str:
    """Return a short table for each folder: without concentration, and with one difference.

    entries: of the models to show; how much the last of them is ahead of the one before it is told.
    """
    return "\n\n".join(_short(group) for group in _by_folder(entries))


def card_text(entries: Sequence[Entry]) -> str:
    """Return a paragraph for each folder on which a checkpoint was measured, for its card."""
    return "\n\n".join(_sentence(entry) for entry in entries)


def shown(values: dict[str, Any], digits: int = 2, sign: str = "") -> str:
    """Return the mean, and the interval where there is one: of a single sequence there is none."""
    mean = f"{values['mean']:{sign}.{digits}f}"
    if values["low"] is None:
        return mean
    return f"{mean} ({values['low']:{sign}.{digits}f} to {values['high']:{sign}.{digits}f})"


def doubt(count: int) -> str:
    """Return a sentence where there are too few sequences for their intervals to mean much, else nothing."""
    if count >= FEWEST:
        return ""
    if count == 1:
        return "One sequence gives no interval."
    return f"Intervals over {count} sequences say little; take {FEWEST} or more."


def _by_folder(entries: Sequence[Entry]) -> list[list[Entry]]:
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        # What chance would reach depends on the patches, so each frame size has a table of its own.
        groups.setdefault((entry["masks"], shown_size(entry)), []).append(entry)
    return list(groups.values())


def _part(entries: Sequence[Entry]) -> str:
    count = len(entries[0]["sequences"])
    rows = [("model", *COLUMNS.values(), "lift above 1"), _chance_row(entries[0], COLUMNS, 1)]
    rows += [
        (
            *(e["title"], *(shown(e["figures"][name]) for name in COLUMNS)),
            f"{e['above_uniform']} of {count}",
        )
        for e in entries
    ]
    titles = {e["checkpoint"]: e["title"] for e in entries}
    gains = [
        f"{e['title']} over {titles[other]}: {shown(e['minus'][other]['lift'], sign='+')}"
        for i, e in enumerate(entries)
        for other in list(titles)[:i]
        if other in e["minus"]
    ]
    heading = (
        f"{_heading(entries[0])} Lift: mass on target over that of uniform attention. With 95 % intervals by"
        " bootstrap over the sequences."
    )
    told = " ".join(filter(None, [heading, doubt(count)]))
    differences = ["", f"Differences in lift: {'; '.join(gains)}."] if gains else []
    return "\n".join([told, "", *_table(rows), *differences])


def _short(entries: Sequence[Entry]) -> str:
    columns = [name for name in COLUMNS if name != "concentration"]
    rows = [("model", *(COLUMNS[name] for name in columns)), _chance_row(entries[0], columns, 0)]
    rows += [
        (
            e["title"],
            *(shown(e["figures"][n]) if n == "lift" else _mean(e["figures"][n]) for n in columns),
        )
        for e in entries
    ]
    heading = (
        f"{_heading(entries[0])} Lift: how many times as much as uniform attention, with its 95 %"
        " interval."
    )
    lines = [
        " ".join(filter(None, [heading, doubt(len(entries[0]["sequences"]))])),
        "",
        *_table(rows),
    ]
    if len(entries) > 1 and entries[-2]["checkpoint"] in entries[-1]["minus"]:
        before, last = entries[-2:]
        ahead = [
            f"{COLUMNS[name]} {shown(difference, sign='+')}"
            for name, difference in last["minus"][before["checkpoint"]].items()
            if name != "mass"
        ]
        told = f"{last['title']} over {before['title']}, sequence by sequence: {', '.join(ahead)}."
        lines += ["", told]
    return "\n".join(lines)


def _heading(entry: Entry) -> str:
    return (
        f"**On real video** ({_sequences(entry)}): where the last layer's spatial attention lies, against"
        " masks of what moves that people drew."
    )


def _sentence(entry: Entry) -> str:
    figures, chance = entry["figures"], by_chance(entry)
    values = [
        f"mass on target {_mean(figures['mass'])} (uniform {chance['mass']:.2f})",
        f"lift {shown(figures['lift'])}",
        f"pointing {_mean(figures['pointing'])} (by chance {chance['pointing']:.2f})",
        f"average precision {_mean(figures['average_precision'])} (by chance"
        f" {chance['average_precision']:.2f})",
    ]
    others = [f"{other} {shown(d['lift'], sign='+')}" for other, d in entry["minus"].items()]
    over = f" Lift over that of {'; '.join(others)}." if others else ""
    count = len(entry["sequences"])
    return (
        f"{_heading(entry)} {'; '.join(values)}. Lift is above 1 in {entry['above_uniform']} of"
        f" {count}.{over}"
    ).replace("drew. mass", "drew. Mass")


def _sequences(entry: Entry) -> str:
    count = len(entry["sequences"])
    size = shown_size(entry)
    frames = "" if size == entry["image_size"] else f", frames of {size} px"
    return f"{'1 sequence' if count == 1 else f'{count} sequences'}, {entry['masks']}{frames}"


def _chance_row(entry: Entry, columns: Iterable[str], more: int) -> tuple[str, ...]:
    chance = by_chance(entry)
    return "by chance", *(f"{chance[n]:.2f}" if n in chance else "" for n in columns), *[""] * more


def _mean(values: dict[str, Any]) -> str:
    return f"{values['mean']:.2f}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *others = ["| " + " | ".join(cells) + " |" for cells in rows]
    return [head, "|---" * len(rows[0]) + "|", *others]
