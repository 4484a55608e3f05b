"""Figures about whether attribution maps hold up: deletion, insertion and infidelity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.convergence import mark
from fixviz.reading.figures.figure import REFERENCE, Axis, Figure, Lines, Panel, Panels, Series
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredResult
from fixviz.reading.texts import attribution as texts
from fixviz.reading.texts.attribution_results import (
    class_phrase,
    map_phrase,
    settings_phrase,
    window_phrase,
)
from fixviz.reading.values.faithfulness import KINDS, highest_probability, in_order, numbers

COLORS: Final = dict(zip(METHODS, (0, 1, 2, 3, 5, 6), strict=True))
"""Number of each method's color, the same in all charts; 4 is too near the gray of random orders."""
_REPLACED: Final = {"deletion": "taken away", "insertion": "put back"}
_TRIALS: Final = (
    "; typical error: by how much the map's sums miss the change of the logit with random halves of the "
    "patches replaced, and how large that change is (root mean squares of {} trials)"
)


def areas(results: Sequence[StoredResult]) -> Figure:
    """Describe the table of areas, verdicts and infidelities: a row for each measured map."""
    results, run = in_order(results), results[0].run
    trials = [
        str(one.description["infidelity"]["trials"])
        for one in results
        if one.description["infidelity"]
    ]
    rows = [_row(result, results, infidelity=bool(trials)) for result in results]
    settings = dict.fromkeys(map(settings_phrase, results))
    checkpoints = dict.fromkeys(run.checkpoint(result.request.model) for result in results)
    return Figure(
        "areas",
        None,
        caption="Areas under the probability of the class, 0 to 1, while the patches of all frames of a "
        "window are taken away (deletion; a small area: taking away what the map names hurts) or put "
        "back (insertion; a large one: putting back what it names is enough) in 20 steps; random: mean "
        "± standard deviation of 10 random orders"
        + (_TRIALS.format(" or ".join(dict.fromkeys(trials))) if trials else "")
        + f". Maps: {'; '.join(settings)}. {'; '.join(checkpoints)}.",
        table={name: [row[name] for row in rows] for name in rows[0]},
        data=numbers(results),
        alt=f"Areas and verdicts of {len(results)} maps",
        follows=f"{texts.FAITHFULNESS} {texts.by_chance(2 * len(results))}"
        + f" {texts.INFIDELITY}" * bool(trials),
        terms=("deletion and insertion", *(["infidelity"] if trials else [])),
        file=f"{run.file_stem}-faithfulness",
        help={
            "deletion, area": "Small: taking away what the map names hurts.",
            "insertion, area": "Large: putting back what the map names is enough.",
        },
        warnings=_warnings(results),
    )


def _row(
    result: StoredResult, results: Sequence[StoredResult], *, infidelity: bool
) -> dict[str, Any]:
    """Return the cells of a measured map by column.

    results: all of the table, among which its name is told from others. infidelity: whether there is a
    column for it.
    """
    about = result.description
    alike = [
        one
        for one in results
        if (one.request.model, one.description["method"]) == (result.request.model, about["method"])
    ]
    several = len(set(map(settings_phrase, alike))) > 1
    row: dict[str, Any] = {
        "model": result.run.label(result.request.model),
        "map": settings_phrase(result) if several else map_phrase(result),
    }
    for kind in KINDS:
        found = about[kind]
        row[f"{kind}, area"] = found["area"]
        row[f"{kind}, random"] = f"{found['random_mean']:.3f} ± {found['random_deviation']:.3f}"
        row[f"{kind}, verdict"] = found["verdict"]
    if infidelity:
        found = about["infidelity"]
        row["infidelity (logit²)"] = found and found["squared"]
        row["typical error (logits)"] = (
            found and f"{found['typical_error']:.2g} of {found['typical_fall']:.2g}"
        )
    # Mostly alike: behind the numbers, which would else not be seen on a narrow window.
    return row | {
        "class": about["target"]["name"],
        "window": window_phrase(result).removeprefix("window of "),
    }


def _warnings(results: Sequence[StoredResult]) -> list[str]:
    """Name maps that have not converged, infidelities no better than nothing, curves without room."""
    found = []
    for result in results:
        about, model = result.description, result.run.label(result.request.model)
        title = f"{model}, {about['title'].lower()}"
        if warning := mark(about):
            found.append(f"{title}: {warning}")
        measured = about["infidelity"]
        if measured and measured["typical_error"] >= measured["typical_fall"]:
            found.append(
                f"{title}: the map's sums miss the changes of the logit by "
                f"{measured['typical_error']:.2g}; a map of zeros would miss them by no more."
            )
    for result in results:
        place = f"{result.run.label(result.request.model)}, {class_phrase(result)}"
        place += f", {window_phrase(result)}"
        found += [f"{place}: {line}" for line in texts.little_room(result.description)]
    return list(dict.fromkeys(found))


def curves(results: Sequence[StoredResult]) -> Figure:
    """Describe deletion and insertion with several methods' maps, against random orders.

    results: of one model, class, window and seed, each of another method.
    """
    results = in_order(results)
    first = results[0]
    run, model, about = first.run, first.request.model, first.description
    share = 100 * np.asarray(first.array("share"), np.float64)
    top = highest_probability(results)
    columns: dict[str, list[float]] = {"patches (%)": share.tolist()}
    panels, verdicts = [], []
    for kind in KINDS:
        random = first.array(f"random_{kind}").astype(np.float64)
        mean, deviation = random.mean(0), random.std(0, ddof=1)
        lines = {one.description["title"]: one.array(kind).astype(np.float64) for one in results}
        verdict = ", ".join(
            f"{one.description['title']} {one.description[kind]['verdict']} "
            f"({one.description[kind]['area']:.3f})"
            for one in results
        )
        verdicts.append(f"{capital(kind)}: {verdict}.")
        chart = Lines(
            share,
            [
                Series("10 random orders", mean, REFERENCE),
                *(
                    Series(title, lines[title], COLORS[one.description["method"]])
                    for title, one in zip(lines, results, strict=True)
                ),
            ],
            Axis(f"Patches {_REPLACED[kind]} (%)", 0.0, 100.0),
            Axis("Probability of the class", 0.0, top),
            shade=(mean - deviation, mean + deviation),
            points=[f"{percent:.0f} %" for percent in share],
        )
        panels.append(Panel(capital(kind), chart, f"{capital(kind)} curves; areas: {verdict}"))
        columns |= {f"{kind}, {title}": values.tolist() for title, values in lines.items()}
        columns[f"{kind}, random mean"] = mean.tolist()
        columns[f"{kind}, random deviation"] = deviation.tolist()
    return Figure(
        f"curves-{model}",
        Panels(panels),
        caption=f"Deletion and insertion: {class_phrase(first)}, while the patches of all frames, "
        f"strongest first, are taken away or put back ({about['replaced_by']} stands for what is away). "
        f"Maps: {'; '.join(map(settings_phrase, results))}. Gray: mean and standard deviation of 10 "
        f"random orders, seed {about['seed']}. {run.checkpoint(model)}, {window_phrase(first)}.",
        table=columns,
        alt=f"Deletion and insertion curves of {run.label(model)}",
        follows=f"Verdicts, with areas in brackets. {' '.join(verdicts)}",
        terms=("deletion and insertion",),
        file=f"{run.file_stem}-deletion-insertion-{model}",
    )
