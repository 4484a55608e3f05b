"""What was measured of the shipped checkpoints: docs/results.json as tables. Free of torch."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from fixviz.evaluation.results import Entry
from fixviz.reading.player_texts import measured_results

COLUMNS = {
    "right": "Share of clips whose class the model names, in percent, with the 95 % Wilson interval.",
    "concentration": (
        "Last layer, spatial attention, mean over heads, queries and frames: 1 − H / ln N; 0 is "
        "uniform, 1 a single patch."
    ),
    "looks at": "Effective support, exp(H): a query looks at about so many patches.",
    "mass on target": (
        "Share of the last layer's spatial attention on the object that decides the class; in "
        "brackets the share that even (uniform) attention would have."
    ),
    "time per clip": "Median time of one forward pass over one clip, on the processor named below.",
    "memory per clip": "Most memory that the tensors of this pass take at one time, without the weights.",
}
"""What the columns of `rows` mean."""


def entries_of(name: str, sha256: str) -> list[Entry]:
    """Return what was measured of exactly these weights, at the frame size they were trained at."""
    return [
        entry
        for entry in measured_results()
        if entry["checkpoint"] == name
        and entry["sha256"] == sha256
        and entry["height"] == entry["width"] == entry["image_size"]
    ]


def rows(entries: Sequence[Entry]) -> list[dict[str, str]]:
    """Return one row of text for each preset, with the columns of COLUMNS; "–" where nothing was measured."""
    return [{"preset": entry["preset"], **_cells(entry)} for entry in entries]


def forward_seconds(name: str) -> float | None:
    """Return the seconds of one forward pass over one window of square frames; None if never measured."""
    times = [
        float(entry["cost"]["seconds"])
        for entry in measured_results()
        if entry["checkpoint"] == name and entry["height"] == entry["width"] == entry["image_size"]
    ]
    return statistics.median(times) if times else None


def conditions(entries: Sequence[Entry]) -> str:
    """Say in a sentence how the rows were measured."""
    clips = " and ".join(dict.fromkeys(f"{entry['clips']} clips" for entry in entries))
    devices = ", ".join(dict.fromkeys(str(entry["cost"]["device"]) for entry in entries))
    return (
        f"{clips} of each kind, generated from seeds outside training; {entries[0]['width']} × "
        f"{entries[0]['height']} px; time and memory on {devices}."
    )


def _cells(entry: Entry) -> dict[str, str]:
    last: dict[str, Any] = entry["layers"][-1] if entry["layers"] else {}
    low, high = 100 * entry["accuracy_low"], 100 * entry["accuracy_high"]
    mass = f"{last['mass']:.3f} (even: {last['area']:.3f})" if "mass" in last else "–"
    return {
        "right": f"{100 * entry['accuracy']:.1f} % ({low:.1f} to {high:.1f})",
        "concentration": f"{last['concentration']:.3f}" if "concentration" in last else "–",
        "looks at": f"{last['effective_support']:.1f} patches" if last else "–",
        "mass on target": mass,
        "time per clip": f"{1000 * entry['cost']['seconds']:.0f} ms",
        "memory per clip": f"{entry['cost']['peak_bytes'] / 1e6:.1f} MB",
    }
