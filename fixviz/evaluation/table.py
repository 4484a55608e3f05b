"""Write the tables of results into README.md, docs/reference/results.md and the cards of the checkpoints.

`python -m fixviz.evaluation.table docs/results.json README.md docs/reference/results.md checkpoints`
writes them all: of the three main models into README.md, of all into the other page. No figure is typed
by hand; whether the measured order is the paper's is computed too.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fixviz.errors import FixvizError, OptionError, StorageError
from fixviz.evaluation.faithfulness_table import faithfulness_text
from fixviz.evaluation.masked_table import card_text, masked_text, short_text
from fixviz.evaluation.results import (
    Entry,
    by_training,
    own_size,
    presets_of,
    read_faithfulness,
    read_masked,
    read_motion,
    read_results,
    steps_of,
    trained_sizes,
)
from fixviz.evaluation.verdict import conclusions, find
from fixviz.model.config import checkpoint_sha256

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
_EXPLAINED = (
    "Right: share of clips whose class is named, with its 95 % interval. The attention figures are those"
    " of the last layer's spatial attention. Steps to 80 %: training steps until the last 100 were right"
    " that often on clips as hard as they get."
)
Value = Callable[[Entry], float | None]


def page_text(entries: Sequence[Entry], masked: Sequence[Entry] = ()) -> str:
    """Return Markdown with what was measured of the three main models, on generated and on masked video."""
    mains = [group[0] for group in _mains(_by_title(masked)).values()]
    return "\n\n".join(filter(None, [main_text(entries), short_text(mains)]))


def main_text(entries: Sequence[Entry]) -> str:
    """Return Markdown with a table of the three main models: softmax, linear, and linear with fixation.

    Models trained at larger frames have a table of their own, after it. A table has a row for each model
    and three figures for each preset, at the models' own frame size, from the trainings with the most
    steps. Presets on which other models than on the first were measured are left out. Empty where one of
    the three models is missing.
    """
    return _by_size(entries, _mains_part)


def _by_size(entries: Sequence[Entry], part: Callable[[Sequence[Entry]], str]) -> str:
    """Return what `part` writes about each set of models, headed by its frame size from the second on."""
    texts = []
    for number, size in enumerate(trained_sizes(entries)):
        text = part(own_size(entries, size))
        if text:
            texts.append(
                f"**Models for finer maps, trained at {size} px**\n\n{text}" if number else text
            )
    return "\n\n".join(texts)


def _mains_part(own: Sequence[Entry]) -> str:
    longest, _ = by_training(own)
    mains = {preset: _mains(_by_title(group)) for preset, group in longest.items()}
    first = next((list(groups) for groups in mains.values()), [])
    if len(first) < 3:
        return ""
    chosen = [
        entry
        for groups in mains.values()
        if list(groups) == first
        for group in groups.values()
        for entry in group
    ]
    note = (
        f"{_same(chosen, 'clips')} clips of each preset that no training used; models trained for"
        f" {', '.join(dict.fromkeys(str(steps_of(e)) for e in chosen))} steps. Right: share of clips"
        " whose class is named, with its 95 % interval. The attention figures are those of the last"
        " layer's spatial attention."
    )
    return "\n".join([note, "", *_figures_table(chosen)])


def _mains(groups: Mapping[str, Sequence[Entry]]) -> dict[str, Sequence[Entry]]:
    """Return the entries of the main models by title."""
    found = (
        find(groups, "softmax"),
        find(groups, "linear"),
        find(groups, "linear", "cooperative", neighbors=True),
    )
    return {group[0]["title"]: group for group in found if group}


def results_text(entries: Sequence[Entry]) -> str:
    """Return Markdown with a table and a verdict for each preset, at the models' own frame size.

    First come the models with the most training steps; then models with several shorter trainings.
    Only models with equally many training steps share a table. Each row is a model by title; several
    training seeds are averaged, followed by their standard deviation.
    """
    sections = [_EXPLAINED] if any(own_size(entries, s) for s in trained_sizes(entries)) else []
    return "\n\n".join(filter(None, [*sections, _by_size(entries, _results_part)]))


def _results_part(own: Sequence[Entry]) -> str:
    longest, shorter = by_training(own)
    sections = [_preset_part(preset, group) for preset, group in longest.items()]
    for steps, group in shorter.items():
        repeated = [e for m in _by_title(group).values() if _trainings(m) > 1 for e in m]
        sections += [_steps_part("Several trainings", steps, repeated)] if repeated else []
    return "\n\n".join(sections)


def further_text(entries: Sequence[Entry], motion: Sequence[Entry] = ()) -> str:
    """Return Markdown that comes after: shorter trainings, other frame sizes, motion on real video."""
    sets = [own_size(entries, size) for size in trained_sizes(entries)]
    sections = [
        _steps_part("Shorter trainings", steps, group)
        for own in sets
        for steps, group in by_training(own)[1].items()
    ]
    others = [e for e in entries if not any(e in own for own in sets)]
    sections += [_sizes_part(p, entries) for p in presets_of(others)]
    sections += [_motion_part(motion)] if motion else []
    return "\n\n".join(sections)


def all_text(
    entries: Sequence[Entry],
    motion: Sequence[Entry] = (),
    masked: Sequence[Entry] = (),
    faithfulness: Sequence[Entry] = (),
) -> str:
    """Return Markdown with all tables, for the page of results."""
    parts = (
        *(results_text(entries), masked_text(masked)),
        *(faithfulness_text(faithfulness), further_text(entries, motion)),
    )
    return "\n\n".join(part for part in parts if part)


def compared_text(entries: Sequence[Entry], sha256: str, masked: Sequence[Entry] = ()) -> str:
    """Return what the measured order says about a checkpoint and the models beside it, for its card.

    It is a paragraph for each preset, about the models with as many training steps, and one for each folder
    of masked video on which the checkpoint was measured. Empty where nothing was.
    """
    size = next((e["image_size"] for e in entries if e["sha256"] == sha256), None)
    own = own_size(entries, size)
    mine = dict.fromkeys((e["preset"], steps_of(e)) for e in own if e["sha256"] == sha256)
    paragraphs = []
    for preset, steps in mine:
        group = [e for e in own if (e["preset"], steps_of(e)) == (preset, steps)]
        found = conclusions(_by_title(group))
        note = f"Preset {preset}, {_same(group, 'clips')} clips, models trained for {steps} steps."
        paragraphs += [f"{note} {found}"] if found else []
    real = card_text([e for e in masked if e["sha256"] == sha256])
    return "\n\n".join(filter(None, [*paragraphs, real]))


def _by_title(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Return the entries by model title, with the training steps where these differ."""
    groups = defaultdict[str, list[Entry]](list)
    mixed = len({steps_of(e) for e in entries}) > 1
    for entry in entries:
        length = f", {steps_of(entry)} steps" if mixed else ""
        groups[entry["title"] + length].append(entry)
    return groups


def _last(name: str) -> Value:
    return lambda e: e["layers"][-1][name] if e["layers"] else None


def _last_moved(measure: str) -> Value:
    return lambda e: (e[measure].get("spatial") or [None])[-1]


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
    head = (
        *("model", "right", "concentration", "looks at", "mass on target", "pointing game"),
        *("average precision", "steps to 80 %", "parameters", "time per clip"),
    )
    rows = [
        (
            *(_row_title(title, group), _right(group), _show(group, _last("concentration"), 3)),
            _show(group, _last("effective_support"), 1) + " patches",
            f"{_show(group, _last('mass'), 3)} of area {_show(group[:1], _last('area'), 3)}",
            *(_show(group, _last("pointing"), 3), _show(group, _last("average_precision"), 3)),
            _show(group, lambda e: e["training"].get("steps_to_80"), 0),
            f"{group[0]['parameters']:,}",
            f"{statistics.median(1000 * e['cost']['seconds'] for e in group):.0f} ms",
        )
        for title, group in groups.items()
    ]
    note = (
        f"{_same(entries, 'clips')} clips of seed {_same(entries, 'seed')},"
        f" {entries[0]['width']} x {entries[0]['height']} px, time of one clip on"
        f" {', '.join(dict.fromkeys(e['cost']['device'] for e in entries))}."
    )
    trained = f", models trained for {steps_of(entries[0])} steps" if steps_of(entries[0]) else ""
    found = conclusions(groups)
    heading = f"**Preset {preset}{trained}.** {note}"
    return "\n".join([heading, "", *_table(head, rows), *(["", found] if found else [])])


def _steps_part(name: str, steps: int, entries: Sequence[Entry]) -> str:
    lines = _figures_table(entries)
    for preset in presets_of(entries):
        found = conclusions(_by_title([e for e in entries if e["preset"] == preset]))
        lines += ["", f"Preset {preset}: {found}"] if found else []
    heading = (
        f"**{name}, {steps} steps.** Models that were trained from one seed saw the same clips. Several"
        " trainings stand with their mean and standard deviation; differences are of trainings from the same"
        " seeds."
    )
    return "\n".join([heading, "", *lines])


def _figures_table(entries: Sequence[Entry]) -> list[str]:
    """Return a table with three figures for each preset."""
    presets = presets_of(entries)
    figures = ("right", "concentration", "mass on target")
    rows = []
    for title, group in _by_title(entries).items():
        cells = [_row_title(title, group)]
        for preset in presets:
            members = [e for e in group if e["preset"] == preset]
            cells += [
                _right(members) if members else "-",
                _show(members, _last("concentration"), 3),
                _show(members, _last("mass"), 3),
            ]
        rows.append(cells)
    return _table(("model", *(f"{preset}: {f}" for preset in presets for f in figures)), rows)


def _row_title(title: str, group: Sequence[Entry]) -> str:
    trainings = _trainings(group)
    return f"{title} ({trainings} trainings)" if trainings > 1 else title


def _trainings(group: Sequence[Entry]) -> int:
    return len({(e["training"]["recipe"], e["training"]["seed"]) for e in group})


def _sizes_part(preset: str, entries: Sequence[Entry]) -> str:
    chosen = [e for e in entries if e["preset"] == preset]
    moved = {e["sha256"] for e in chosen if (e["height"], e["width"]) != (e["image_size"],) * 2}
    chosen = [e for e in chosen if e["sha256"] in moved]
    sizes = sorted({(e["height"], e["width"]) for e in chosen}, key=lambda s: (s[0] * s[1], s))
    rows = []
    for title, group in _by_title(chosen).items():
        cells = [title]
        for size in sizes:
            members = [e for e in group if (e["height"], e["width"]) == size]
            cells.append(_show(members, lambda e: 100 * e["accuracy"], 1))
        rows.append(cells)
    head = ("model", *(f"{width} x {height}" for height, width in sizes))
    side = ", ".join(dict.fromkeys(str(e["image_size"]) for e in chosen))
    heading = (
        f"**Other frame sizes, preset {preset}**: right, in %, of {_range(chosen)} clips. The models' own"
        f" size is {side} px."
    )
    return "\n".join([heading, "", *_table(head, rows)])


def _range(entries: Sequence[Entry]) -> str:
    fewest, most = (end(e["clips"] for e in entries) for end in (min, max))
    return str(most) if fewest == most else f"{fewest} to {most}"


def _motion_part(entries: Sequence[Entry]) -> str:
    videos = list(dict.fromkeys(e["video"] for e in entries))
    columns = [(video, measure) for video in videos for measure in ("agreement", "attended")]
    rows = [
        (
            title,
            *(
                _show([e for e in group if e["video"] == video], _last_moved(measure), 2)
                for video, measure in columns
            ),
        )
        for title, group in _by_title(entries).items()
    ]
    heading = (
        "**Motion on real video**: does the attention that patches receive in the last layer's spatial"
        " attention follow the optical flow? Agreement: rank correlation of the two, -1 to 1, 0 for none."
        " Attended: flow where attention is, over the flow anywhere, 1 for uniform attention."
    )
    head = ("model", *(f"{video}: {measure}" for video, measure in columns))
    return "\n".join([heading, "", *_table(head, rows)])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    first, *others = ("| " + " | ".join(cells) + " |" for cells in (head, *rows))
    return [first, "|---" * len(head) + "|", *others]


def put_results(page: str, text: str) -> str:
    """Return `page` with `text` between its markers. Raises OptionError for a page without them."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise OptionError(f"The page must hold {BEGIN} and after it {END}, once each.")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"


def main(results: str, page: str, further: str, checkpoints: str) -> None:
    """Rewrite what is between the markers of both pages and of each card below `checkpoints`.

    `page` gets the main models, `further` all of them.
    """
    entries, motion = read_results(Path(results)), read_motion(Path(results))
    masked, faithfulness = read_masked(Path(results)), read_faithfulness(Path(results))
    _rewrite(Path(page), page_text(entries, masked))
    _rewrite(Path(further), all_text(entries, motion, masked, faithfulness))
    for card in sorted(Path(checkpoints).glob("*/card.md")):
        text = compared_text(entries, checkpoint_sha256(card.parent), masked)
        if text:
            _rewrite(card, text)


def _rewrite(page: Path, text: str) -> None:
    try:
        before = page.read_text(encoding="utf-8")
        page.write_text(put_results(before, text), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{page} could not be rewritten ({error}).") from None


def command() -> None:
    """Run `main` with the arguments of the command line; an error ends it with one sentence."""
    if len(sys.argv) != 5:
        sys.exit(
            "usage: python -m fixviz.evaluation.table RESULTS.json PAGE.md FURTHER.md CHECKPOINTS"
        )
    try:
        main(*sys.argv[1:])
    except FixvizError as failure:
        sys.exit(f"Error: {failure}")


if __name__ == "__main__":
    command()
