"""Write what was measured of faithfulness as Markdown. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.evaluation.masked_table import shown
from fixviz.evaluation.results import Entry

FAITHFULNESS = {"deletion_gain": "deletion, gain", "insertion_gain": "insertion, gain"}
"""Figures of a model and what their columns are called."""


def faithfulness_text(entries: Sequence[Entry]) -> str:
    """Return a table for each preset, number of clips and map."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        key = entry["preset"], entry["clips"], entry["seed"], entry["map"]
        groups.setdefault(key, []).append(entry)
    return "\n\n".join(_part(group) for group in groups.values())


def _part(entries: Sequence[Entry]) -> str:
    first = entries[0]
    clips = first["clips"]
    rows = [
        ("model", *FAITHFULNESS.values(), "deletion beats all random", "insertion beats all random")
    ]
    for e in entries:
        figures = (shown(e["figures"][name], 3, sign="+") for name in FAITHFULNESS)
        better = (f"{e['better'][kind]} of {clips}" for kind in ("deletion", "insertion"))
        rows.append((e["title"], *figures, *better))
    title = METHODS[first["map"]].title.lower()
    heading = (
        f"**Faithfulness** ({title}, {clips} clips of preset {first['preset']}, seed {first['seed']}):"
        " does the answer depend on the patches that the map names? Patches of all frames, strongest first,"
        f" are blurred away (deletion) or put back (insertion) in {first['steps']} steps. Gain: by how much"
        " the area under the predicted class's probability is better than that of"
        f" {first['random_orders']} random orders, with its 95 % interval by bootstrap over the clips; above"
        " 0, the map knows something."
    )
    cells = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([heading, "", cells[0], "|---" * len(rows[0]) + "|", *cells[1:]])
