"""Whether maps name what a model uses: deletion and insertion against random orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.convergence import mark
from fixviz.reading.definitions import help_for
from fixviz.reading.run import StoredResult
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.attribution import (
    View,
    map_words,
    method_title,
    settings_words,
    target_words,
)
from fixviz.reading.values.faithfulness import KINDS, Found, highest_probability, numbers
from fixviz.ui.inspect_run.compute import asked_for, derived
from fixviz.ui.inspect_run.old_figures import captioned, figure, palette
from fixviz.ui.text import conclude, quiet

KIND: Final = "faithfulness"
_WANTED: Final = "faithfulness_wanted"
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_GRAY: Final = "#7C8893"
_COLUMNS: Final = tuple(
    word.format(kind) for kind in KINDS for word in ("Area of {}", "Random {}", "Verdict of {}")
)
_EMPTY: Final = "; a map of zeros would miss it by no more"


def show(view: View) -> None:
    """The choice of maps, a button, what has been measured."""
    st.header("Does the map hold up?", anchor=False, help=help_for("deletion and insertion"))
    default = list(dict.fromkeys([view.method.name, "attention_received"]))
    methods = st.multiselect(
        "Maps to measure",
        list(METHODS),
        default=default,
        format_func=method_title,
        key=f"judged-{view.method.name}",
        help="Attention received is measured like any other map.",
    )
    pairs = [(entry, method) for entry in view.models for method in methods]
    found = {
        (entry["name"], method): result
        for entry, method in pairs
        if (result := view.run.derived(KIND, entry["name"], view.judged(entry, method)))
    }
    missing = [pair for pair in pairs if (pair[0]["name"], pair[1]) not in found]
    if missing:
        _measure(view, missing)
    if found:
        _table(view, found)
        for entry in view.models:
            if any(name == entry["name"] for name, _ in found):
                _curves(view, entry, found)
        conclude(texts.FAITHFULNESS)
        conclude(texts.INFIDELITY)


def _measure(view: View, missing: list[tuple[dict[str, Any], str]]) -> None:
    """Compute what is missing, one after the other, once somebody asks for it."""
    wanted = [[entry["name"], method, view.judged(entry, method)] for entry, method in missing]
    asked = st.session_state.get(_WANTED, [])
    # A reload empties the session, but not the queue.
    going_on = any(asked_for(view.run, KIND, name, judged) for name, _, judged in wanted)
    if going_on:
        st.session_state[_WANTED] = wanted
    elif not all(item in asked for item in wanted):
        count = len(missing)
        what = "1 map" if count == 1 else f"{count} maps"
        quiet(
            "Every map takes about 500 passes through the network: some 10 s on two cores for the shipped "
            "models, and twice that for occlusion."
        )
        if not st.button(f"Measure {what}", icon=":material/play_arrow:", key="measure"):
            return
        st.session_state[_WANTED] = wanted
    entry, method = missing[0]
    left = "" if len(missing) == 1 else f" ({len(missing)} left)"
    title = f"{entry['title']}, {method_title(method).lower()}{left}"
    derived(view.run, KIND, entry["name"], view.judged(entry, method), title=title)


def _table(view: View, found: Found) -> None:
    """Areas and verdicts, a row per model and map."""
    rows: dict[str, list[Any]] = {name: [] for name in ("Model", "Map", *_COLUMNS)}
    for (name, _), result in found.items():
        cells: list[Any] = [view.run.model(name)["title"], map_words(result)]
        for kind in KINDS:
            figures = result.description[kind]
            spread = f"{figures['random_mean']:.3f} ± {figures['random_deviation']:.3f}"
            cells += [figures["area"], spread, figures["verdict"]]
        for column, cell in zip(rows, cells, strict=True):
            rows[column].append(cell)
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "Area of deletion": st.column_config.NumberColumn(
                format="%.3f", help="Small: taking away what the map names hurts."
            ),
            "Area of insertion": st.column_config.NumberColumn(
                format="%.3f", help="Large: putting back what the map names is enough."
            ),
        },
    )
    text = (
        f"Areas under the probability of the class, 0 to 1, while patches are replaced in 20 steps; "
        f"random: mean ± standard deviation of 10 random orders. {_place(view, found)} "
        + texts.by_chance(2 * len(found))
    )
    captioned("areas", "faithfulness", text, numbers(view, found))
    _notes(view, found)


def _notes(view: View, found: Found) -> None:
    """Infidelity where it applies, and windows in which the curves cannot tell much."""
    for (name, method), result in found.items():
        title, infidelity = view.run.model(name)["title"], result.description["infidelity"]
        if infidelity:
            st.markdown(
                f"**{title}, {method_title(method).lower()}:** infidelity "
                f"{infidelity['squared']:.2g} logit². With random halves of the patches replaced, the "
                f"logit changes by {infidelity['typical_fall']:.2g}, and the map's sums miss that by "
                f"{infidelity['typical_error']:.2g} (root mean squares of {infidelity['trials']} trials)"
                + _EMPTY * (infidelity["typical_error"] >= infidelity["typical_fall"])
                + ".",
                help=help_for("infidelity"),
            )
    for (name, _), result in found.items():
        if warning := mark(result.description):
            quiet(f":material/warning: {view.run.model(name)['title']}: {warning}")
    cramped = dict.fromkeys(
        f"{view.run.model(name)['title']}: {line}"
        for (name, _), result in found.items()
        for line in texts.little_room(result.description)
    )
    for line in cramped:
        quiet(f":material/warning: {line}")


def _place(view: View, found: Found) -> str:
    """Window and checkpoints of the figures."""
    names = dict.fromkeys(name for name, _ in found)
    windows = dict.fromkeys(view.run.window(name, view.frame) for name in names)
    checkpoints = ", ".join(view.run.checkpoint(name) for name in names)
    return f"{' / '.join(windows).capitalize()}; {checkpoints}."


def _curves(view: View, entry: Mapping[str, Any], found: Found) -> None:
    """Deletion and insertion of one model, side by side where there is room."""
    results = {method: result for (name, method), result in found.items() if name == entry["name"]}
    st.markdown(f"**{entry['title']}**")
    highest = highest_probability(list(results.values()))
    for kind, column in zip(KINDS, st.columns(2, gap="medium"), strict=True):
        with column:
            _curve(view, entry, results, kind, highest)


def _colors() -> tuple[str, ...]:
    """One a method, none of them the gray of the random orders."""
    dark = st.context.theme.type == "dark"
    return (*palette()[:4], *(("#E8D44D", "#F2F5F7") if dark else ("#7A6400", "#16242E")))


def _curve(
    view: View,
    entry: Mapping[str, Any],
    results: Mapping[str, StoredResult],
    kind: str,
    highest: float,
) -> None:
    first = next(iter(results.values()))
    share = 100 * first.array("share")
    random = first.array(f"random_{kind}")
    mean, deviation = random.mean(0), random.std(0, ddof=1)
    chart = go.Figure()
    chart.add_scatter(
        x=np.concatenate([share, share[::-1]]),
        y=np.concatenate([mean + deviation, (mean - deviation)[::-1]]),
        fill="toself",
        fillcolor="rgba(124,136,147,0.25)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    chart.add_scatter(
        x=share,
        y=mean,
        name="10 random orders",
        line={"color": _GRAY, "width": 1.5},
        hovertemplate="%{x:.0f} %: %{y:.3f}",
    )
    colors = _colors()
    for method, result in results.items():
        place = list(METHODS).index(method)
        chart.add_scatter(
            x=share,
            y=result.array(kind),
            name=method_title(method),
            line={"color": colors[place], "dash": _DASHES[place], "width": 2},
            hovertemplate="%{x:.0f} %: %{y:.3f}",
        )
    way = "taken away" if kind == "deletion" else "put back"
    chart.update_xaxes(
        title=f"Patches {way} (%)", range=[0, 103], tickvals=[0, 20, 40, 60, 80, 100]
    )
    chart.update_yaxes(title="Probability of the class", range=[0, highest])
    chart.update_layout(title={"text": kind.capitalize(), "x": 0, "font": {"size": 14}})
    maps = "; ".join(settings_words(result) for result in results.values())
    caption = (
        f"{kind.capitalize()}: {target_words(first)}, while the patches of all frames, strongest "
        f"first, are {way} ({first.description['replaced_by']} stands for what is away). Maps: {maps}. "
        f"Gray: mean and standard deviation of 10 random orders, seed {first.description['seed']}. "
        f"{view.run.checkpoint(entry['name'])}, {view.run.window(entry['name'], view.frame)}."
    )
    table: dict[str, Any] = {"patches_percent": list(share)}
    table |= {method: list(result.array(kind)) for method, result in results.items()}
    table |= {"random_mean": list(mean), "random_deviation": list(deviation)}
    areas = ", ".join(
        f"{method_title(m)} {r.description[kind]['verdict']} ({r.description[kind]['area']:.3f})"
        for m, r in results.items()
    )
    quiet(f"Area: {areas}.")
    figure(
        chart,
        key=f"{kind}-{entry['name']}",
        name=f"{kind}-{entry['name']}",
        caption=caption,
        table=table,
        alt=f"{kind.capitalize()} curves of {entry['title']}; areas: {areas}",
        height=280,
    )
