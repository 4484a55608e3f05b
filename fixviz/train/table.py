"""The README's table of results, written by `python -m fixviz.train.table docs/results.json README.md`.

No figure in it is typed by hand, and whether the measured order is the paper's is computed here.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fixviz.errors import FixvizError, OptionError, StorageError
from fixviz.train.results import Entry, read_motion, read_results

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
_FAR_APART = 0.25
Value = Callable[[Entry], float | None]


def results_text(entries: Sequence[Entry], motion: Sequence[Entry] = ()) -> str:
    """Markdown: a table and a verdict per preset at the models' own frame size, then other sizes,
    then motion agreement on real video.

    Rows are models by title; several training seeds of one are averaged, with their standard
    deviation behind.
    """
    own = [e for e in entries if e["height"] == e["width"] == e["image_size"]]
    parts = [_preset_part(p, [e for e in own if e["preset"] == p]) for p in _presets(own)]
    others = [e for e in entries if e not in own]
    parts += [_sizes_part(p, entries) for p in _presets(others)]
    parts += [_motion_part(motion)] if motion else []
    return "\n\n".join(parts)


def _presets(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(e["preset"] for e in entries))


def _by_title(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry["title"], []).append(entry)
    return groups


def _last(name: str) -> Value:
    return lambda e: e["layers"][-1][name] if e["layers"] else None


def _show(entries: Sequence[Entry], value: Value, digits: int) -> str:
    values = [v for v in map(value, entries) if v is not None]
    if not values:
        return "-"
    mean = f"{statistics.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.{digits}f}"


def _right(entries: Sequence[Entry]) -> str:
    if len(entries) > 1:
        return _show(entries, lambda e: 100 * e["accuracy"], 1) + " %"
    e = entries[0]
    low, high = 100 * e["accuracy_low"], 100 * e["accuracy_high"]
    return f"{100 * e['accuracy']:.1f} % ({low:.1f} to {high:.1f})"


def _same(entries: Sequence[Entry], name: str) -> str:
    return ", ".join(dict.fromkeys(str(e[name]) for e in entries))


def _preset_part(preset: str, entries: Sequence[Entry]) -> str:
    groups = _by_title(entries)
    lines = [
        "| model | right | concentration | looks at | mass on target | pointing game |"
        " average precision | steps to 80 % | parameters | time per clip |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for title, group in groups.items():
        trainings = len({(e["training"]["recipe"], e["training"]["seed"]) for e in group})
        count = f" ({trainings} trainings)" if trainings > 1 else ""
        cells = (
            *(title + count, _right(group), _show(group, _last("concentration"), 3)),
            _show(group, _last("effective_support"), 1) + " patches",
            f"{_show(group, _last('mass'), 3)} of area {_show(group[:1], _last('area'), 3)}",
            *(_show(group, _last("pointing"), 3), _show(group, _last("average_precision"), 3)),
            _show(group, lambda e: e["training"].get("steps_to_80"), 0),
            f"{group[0]['parameters']:,}",
            f"{statistics.median(1000 * e['cost']['seconds'] for e in group):.0f} ms",
        )
        lines.append("| " + " | ".join(cells) + " |")
    note = (
        f"{_same(entries, 'clips')} clips of seed {_same(entries, 'seed')},"
        f" {entries[0]['width']} x {entries[0]['height']} px. The attention figures are those of the"
        " last layer's spatial attention. Steps to 80 %: training steps until the last 100 were right"
        " that often on clips as hard as they get. Time: one clip on"
        f" {', '.join(dict.fromkeys(e['cost']['device'] for e in entries))}."
    )
    verdict = agreement(groups)
    heading = f"**Preset {preset}.** {note}"
    return "\n".join([heading, "", *lines, *(["", verdict] if verdict else [])])


def agreement(groups: dict[str, list[Entry]]) -> str:
    """Whether the measured order is the paper's: linear below fixation, in accuracy and concentration.

    Linear: no fixation, no neighbors; fixation: cooperative, with neighbors. Accuracies differ when
    the 95 % interval of their difference (Newcombe 1998, from the two Wilson intervals, taken as
    independent) leaves out 0. Empty when one of the two models is missing.
    """
    linear = _find(groups, fixation="none", neighbors=False)
    fixed = _find(groups, fixation="cooperative", neighbors=True)
    if not linear or not fixed:
        return ""
    low, high = difference_interval(linear, fixed)
    a, b = (100 * statistics.mean(e["accuracy"] for e in g) for g in (linear, fixed))
    order = "agrees" if low > 0 else "disagrees" if high < 0 else "is open"
    text = (
        f"The paper's order, linear below fixation: accuracy {order} ({a:.1f} % and {b:.1f} %,"
        f" difference {b - a:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    )
    found = [[e["layers"][-1]["concentration"] for e in g if e["layers"]] for g in (linear, fixed)]
    if not all(found):
        return text + "." + furthest_classes(linear, fixed)
    a, b = (round(statistics.mean(values), 3) for values in found)
    order = "agrees" if a < b else "disagrees" if a > b else "is open"
    concentration = f", concentration {order} ({a:.3f} and {b:.3f})."
    return text + concentration + furthest_classes(linear, fixed)


def furthest_classes(a: Sequence[Entry], b: Sequence[Entry]) -> str:
    """A sentence on the classes in which two models differ by more than a quarter, and on the others.

    A difference in accuracy may come from few classes, which the mean does not tell.
    """
    first, second = (
        {
            name: statistics.mean(e["class_accuracy"][name] for e in g)
            for name in g[0]["class_accuracy"]
        }
        for g in (a, b)
    )
    apart = sorted(first, key=lambda name: -abs(first[name] - second[name]))
    apart = [name for name in apart if abs(first[name] - second[name]) > _FAR_APART]
    if not apart:
        return ""
    shown = [f"{n} ({100 * first[n]:.0f} % and {100 * second[n]:.0f} %)" for n in apart]
    text = f" Furthest apart: {', '.join(shown)}"
    rest = [name for name in first if name not in apart]
    if not rest:
        return f"{text}."
    means = (100 * statistics.mean(values[name] for name in rest) for values in (first, second))
    return text + "; all other classes {:.1f} % and {:.1f} %.".format(*means)


def _find(groups: dict[str, list[Entry]], *, fixation: str, neighbors: bool) -> list[Entry]:
    wanted = {"attention": "linear", "fixation": fixation, "neighbors": neighbors}
    for group in groups.values():
        if all(group[0][name] == value for name, value in wanted.items()):
            return group
    return []


def difference_interval(a: Sequence[Entry], b: Sequence[Entry]) -> tuple[float, float]:
    """95 % interval of the accuracy of `b` minus that of `a`; several trainings are averaged."""

    def spread(group: Sequence[Entry]) -> tuple[float, float, float]:
        mean = statistics.mean(e["accuracy"] for e in group)
        down = math.hypot(*(e["accuracy"] - e["accuracy_low"] for e in group)) / len(group)
        up = math.hypot(*(e["accuracy_high"] - e["accuracy"] for e in group)) / len(group)
        return mean, down, up

    (mean_a, down_a, up_a), (mean_b, down_b, up_b) = spread(a), spread(b)
    difference = mean_b - mean_a
    return difference - math.hypot(down_b, up_a), difference + math.hypot(up_b, down_a)


def _sizes_part(preset: str, entries: Sequence[Entry]) -> str:
    chosen = [e for e in entries if e["preset"] == preset]
    sizes = sorted({(e["height"], e["width"]) for e in chosen}, key=lambda s: (s[0] * s[1], s))
    lines = [
        "| model | " + " | ".join(f"{width} x {height}" for height, width in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for title, group in _by_title(chosen).items():
        cells = []
        for size in sizes:
            members = [e for e in group if (e["height"], e["width"]) == size]
            cells.append(_show(members, lambda e: 100 * e["accuracy"], 1))
        lines.append("| " + " | ".join((title, *cells)) + " |")
    side = ", ".join(dict.fromkeys(str(e["image_size"]) for e in chosen))
    heading = (
        f"**Other frame sizes, preset {preset}**: right, in %. The models' own size is {side} px."
    )
    return "\n".join([heading, "", *lines])


def _motion_part(entries: Sequence[Entry]) -> str:
    videos = list(dict.fromkeys(e["video"] for e in entries))
    lines = [
        "| model | " + " | ".join(videos) + " |",
        "|---" * (len(videos) + 1) + "|",
    ]

    def last_spatial(entry: Entry) -> float | None:
        layers = entry["agreement"].get("spatial")
        return None if not layers else layers[-1]

    for title, group in _by_title(entries).items():
        cells = [_show([e for e in group if e["video"] == v], last_spatial, 3) for v in videos]
        lines.append("| " + " | ".join((title, *cells)) + " |")
    heading = (
        "**Motion agreement on real video**: rank correlation of the attention that patches receive"
        " in the last layer's spatial attention with the optical flow, -1 to 1, 0 for none."
    )
    return "\n".join([heading, "", *lines])


def put_results(page: str, text: str) -> str:
    """`page` with `text` between its markers. Raises OptionError when it does not have them."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise OptionError(f"The page must hold {BEGIN} and after it {END}, once each.")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"


def main(results: str, page: str) -> None:
    """Rewrite the part of `page` between the markers from the file `results`."""
    entries, motion = read_results(Path(results)), read_motion(Path(results))
    try:
        before = Path(page).read_text(encoding="utf-8")
        Path(page).write_text(put_results(before, results_text(entries, motion)), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{page} could not be rewritten ({error}).") from None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m fixviz.train.table RESULTS.json PAGE.md")
    try:
        main(sys.argv[1], sys.argv[2])
    except FixvizError as failure:
        sys.exit(f"Error: {failure}")
