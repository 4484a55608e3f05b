"""What was measured about attribution maps: deletion, insertion and infidelity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fixviz.analysis.attribution.convergence import worst
from fixviz.reading.run import StoredResult
from fixviz.reading.values.attribution import View

KINDS: Final = ("deletion", "insertion")
_INFIDELITY: Final = ("squared", "typical_error", "typical_fall", "trials")
Found = Mapping[tuple[str, str], StoredResult]
"""By model and method."""


def numbers(view: View, found: Found) -> dict[str, list[Any]]:
    """Everything that was measured, a row per model and map."""
    columns: dict[str, list[Any]] = {}
    for (name, method), result in found.items():
        description = result.description
        row: dict[str, Any] = {
            "model": name,
            "checkpoint": view.run.model(name)["checkpoint_sha256"],
            "method": method,
            "options": json.dumps(description["options"]),
            "target": description["target"]["name"],
            "window_start": description["window_start"],
            "probability": description["probability"],
            "probability_blurred": description["probability_blurred"],
        }
        row |= _exactness(description)
        for kind in KINDS:
            row |= {f"{kind}_{key}": value for key, value in description[kind].items()}
        infidelity = description["infidelity"] or dict.fromkeys(_INFIDELITY)
        row |= {f"infidelity_{key}": infidelity[key] for key in _INFIDELITY}
        for key, value in row.items():
            columns.setdefault(key, []).append(value)
    return columns


def _exactness(description: Mapping[str, Any]) -> dict[str, Any]:
    """Columns on how exactly the map adds up; empty fields for methods other than integrated gradients."""
    found = worst(description)
    return {
        "steps": found and found.steps,
        "convergence_delta": found and found.delta,
        "difference": found and found.difference,
        "relative_delta": found and found.relative,
        "converged": None if found is None else "yes" if found.converged else "no",
    }


def highest_probability(results: Sequence[StoredResult]) -> float:
    """Where the axes of deletion and insertion end, the same for both, with some air above."""
    tops = [1e-3]
    for result in results:
        for kind in KINDS:
            random = result.array(f"random_{kind}")
            tops += [
                float(result.array(kind).max()),
                float((random.mean(0) + random.std(0, ddof=1)).max()),
            ]
    return 1.05 * max(tops)
