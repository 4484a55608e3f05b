"""What was measured about attribution maps: deletion, insertion and infidelity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.convergence import worst
from fixviz.reading.run import StoredResult

KIND: Final = "faithfulness"
KINDS: Final = ("deletion", "insertion")
_INFIDELITY: Final = ("squared", "typical_error", "typical_fall", "trials")


def numbers(results: Sequence[StoredResult]) -> dict[str, list[Any]]:
    """Return everything that was measured, a row for each result."""
    columns: dict[str, list[Any]] = {}
    for result in results:
        description, entry = result.description, result.run.model(result.request.model)
        row: dict[str, Any] = {
            "model": entry["name"],
            "checkpoint": entry["checkpoint_sha256"],
            "method": description["method"],
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
    """Say how exactly the map adds up; empty fields for methods other than integrated gradients."""
    found = worst(description)
    return {
        "steps": found and found.steps,
        "convergence_delta": found and found.delta,
        "difference": found and found.difference,
        "relative_delta": found and found.relative,
        "converged": None if found is None else "yes" if found.converged else "no",
    }


def in_order(results: Sequence[StoredResult]) -> list[StoredResult]:
    """Return results in the order of the run's models, and of one model in that of the methods."""
    methods = list(METHODS)
    return sorted(
        results,
        key=lambda one: (
            one.run.place(one.request.model),
            methods.index(one.description["method"]),
        ),
    )


def comparable(results: Sequence[StoredResult]) -> list[list[StoredResult]]:
    """Group results whose curves compare: of one model, class, window and random orders.

    A group holds a method once; another result of it, with other options, begins a group of its own.
    """
    groups: dict[tuple[Any, ...], list[StoredResult]] = {}
    for result in results:
        about = result.description
        place = (result.request.model, about["target"]["index"], about["window_start"])
        key: tuple[Any, ...] = (*place, about["seed"], 0)
        while any(one.description["method"] == about["method"] for one in groups.get(key, ())):
            key = (*key[:-1], key[-1] + 1)
        groups.setdefault(key, []).append(result)
    return list(groups.values())


def highest_probability(results: Sequence[StoredResult]) -> float:
    """Return where the axes of deletion and insertion end, the same for both, with some air above."""
    tops = [1e-3]
    for result in results:
        for kind in KINDS:
            random = result.array(f"random_{kind}")
            tops += [
                float(result.array(kind).max()),
                float((random.mean(0) + random.std(0, ddof=1)).max()),
            ]
    return 1.05 * max(tops)
