"""Results files, tables, and what they say of the paper's claim."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixviz.errors import OptionError
from fixviz.evaluation.intervals import wilson_interval
from fixviz.evaluation.results import (
    hits_of,
    labels_of,
    merge_results,
    pack_answers,
    pack_hits,
    read_faithfulness,
    read_masked,
    read_motion,
    read_results,
    write_results,
)
from fixviz.evaluation.table import (
    BEGIN,
    END,
    all_text,
    compared_text,
    further_text,
    main,
    main_text,
    page_text,
    put_results,
    results_text,
)
from fixviz.evaluation.terminal import motion_csv, motion_table, table, to_csv
from fixviz.evaluation.verdict import gain, parts, verdict
from fixviz.model.config import (
    checkpoint_names,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)

ROOT = Path(__file__).parents[2]
REWRITE = (
    "run: python -m fixviz.evaluation.table"
    " docs/results.json README.md docs/reference/results.md checkpoints"
)


def entry(
    checkpoint: str, right: int, concentration: float = 0.1, clips: int = 600, **changes: Any
) -> dict[str, Any]:
    """Of a model that answers the first `right` clips right, for a fixation model the last."""
    low, high = wilson_interval(right, clips)
    layer = dict.fromkeys(("mass", "mass_on_target", "area", "pointing", "average_precision"), 0.25)
    layer |= {"concentration": concentration, "effective_support": 40.0}
    layer |= {"frames": 4800, "target_frames": 4500}
    fixed = checkpoint == "fixation"
    hits = [clip < right for clip in range(clips)][:: -1 if fixed else 1]
    return {
        "checkpoint": checkpoint,
        "title": checkpoint.capitalize(),
        "sha256": checkpoint,
        "attention": "softmax" if checkpoint == "softmax" else "linear",
        "fixation": "cooperative" if fixed else "none",
        "neighbors": fixed,
        "image_size": 64,
        "training": {"recipe": "small", "seed": 0, "steps": 1500},
        **{"preset": "standard", "height": 64, "width": 64, "seed": 0, "clips": clips},
        **{"accuracy": right / clips, "accuracy_low": low, "accuracy_high": high},
        "hits": pack_hits(hits),
        "class_accuracy": {"left": 0.5},
        "attention_clips": clips,
        "layers": [dict(layer, concentration=0.9), layer],
        "parameters": 1234567,
        "cost": {"seconds": 0.0123, "peak_bytes": 4500000, "repeats": 7, "device": "cpu, 1 thread"},
        **changes,
    }


def judged(linear: dict[str, Any], fixation: dict[str, Any]) -> str:
    return verdict({"Linear": [linear], "Fixation": [fixation]})


def trained(seed: int = 0, steps: int = 1500) -> dict[str, Any]:
    return {"training": {"recipe": "small", "seed": seed, "steps": steps}}


def test_gain_and_interval_of_the_published_example() -> None:
    # Newcombe 1998, paired data: 36 both right, 12 only the first, 2 only the second, method 1
    first = [True] * 48 + [False] * 2
    second = [True] * 36 + [False] * 12 + [True] * 2
    interval = gain(
        [entry("b", 38, clips=50, hits=pack_hits(second))],
        [entry("a", 48, clips=50, hits=pack_hits(first))],
    )
    assert interval == pytest.approx((0.2, 0.0642, 0.3358), abs=1e-4)


def test_only_models_that_saw_the_same_clips_are_compared() -> None:
    long = entry("linear", 30, clips=60)
    assert gain([long], [entry("a", 27, clips=30)]) == pytest.approx(
        (-0.1, -0.2073, 0.0073), abs=1e-3
    )
    with pytest.raises(OptionError, match="--seed"):
        gain([long], [entry("a", 30, clips=60, seed=1)])
    old = entry("a", 30, clips=60)
    del old["hits"]
    with pytest.raises(OptionError, match="measure it again"):
        gain([long], [old])


@pytest.mark.parametrize("clips", [1, 7, 8, 29])
def test_which_clips_were_right_survives_packing(clips: int) -> None:
    hits = [clip % 3 == 0 for clip in range(clips)]
    packed = pack_hits(hits)
    assert len(packed) == 2 * -(-clips // 8)
    assert hits_of({"hits": packed, "clips": clips}).tolist() == hits


def test_what_was_said_of_each_clip_survives_packing() -> None:
    classes = [0, 14, 9, 10, 35]
    assert pack_answers(classes) == "0e9az"
    assert labels_of({"labels": "0e9az"}) == classes
    assert labels_of({}) is None, "entries of earlier versions do not say it"


def test_the_verdict_follows_from_the_numbers() -> None:
    agrees = judged(entry("linear", 535, 0.08), entry("fixation", 588, 0.27))
    assert "accuracy agrees (89.2 % and 98.0 %, difference +8.8 points" in agrees
    assert "concentration agrees (0.080 and 0.270)" in agrees
    against = judged(entry("linear", 588, 0.27), entry("fixation", 535, 0.08))
    assert "accuracy disagrees" in against
    assert "concentration disagrees" in against
    close = judged(entry("linear", 535, 0.2), entry("fixation", 545, 0.2))
    assert "accuracy is open" in close
    assert "concentration is open" in close


def test_classes_that_carry_a_difference_are_named() -> None:
    few = {"left": 0.5, "right": 0.75, "up": 0.25}
    more = {"left": 1.0, "right": 0.75, "up": 0.75}
    text = judged(
        entry("linear", 300, class_accuracy=few), entry("fixation", 500, class_accuracy=more)
    )
    assert "Furthest apart: left (50 % and 100 %), up (25 % and 75 %)" in text
    assert "all other classes 75.0 % and 75.0 %." in text
    assert "Furthest" not in judged(entry("linear", 300), entry("fixation", 500))


def test_no_verdict_without_both_models() -> None:
    assert verdict({"Linear": [entry("linear", 3)], "Softmax": [entry("softmax", 5)]}) == ""
    blind = judged(entry("linear", 300, layers=[]), entry("fixation", 500, layers=[]))
    assert "concentration" not in blind


def test_several_trainings_are_averaged_with_their_deviation() -> None:
    seeds = [
        entry("linear", n, c, **trained(seed=s))
        for s, (n, c) in enumerate([(480, 0.1), (510, 0.2), (540, 0.3)])
    ]
    text = results_text([*seeds, entry("fixation", 588)])
    # deviation of 80, 85 and 90 % and of 0.1, 0.2 and 0.3, over n - 1
    assert "| Linear (3 trainings) | 85.0 ± 5.0 % | 0.200 ± 0.100 |" in text
    assert "| Fixation | 98.0 % (96.5 to 98.9) | 0.100 |" in text
    assert "accuracy agrees (80.0 % and 98.0 %" in text, "of the seed that both have"
    narrow = gain(seeds, [entry("fixation", 588)])
    wide = gain(seeds[1:2], [entry("fixation", 588)])
    assert narrow.high - narrow.low < wide.high - wide.low


def test_a_gain_is_rounded_once() -> None:
    # 31 of 900 are 3.44 points. The accuracies in the file are rounded: 0.9067 - 0.8722 are 3.45.
    linear, neighbors = (
        entry(name, right, clips=900, accuracy=accuracy, attention="linear", neighbors=neighbors)
        for name, right, accuracy, neighbors in (
            ("linear", 785, 0.8722, False),
            ("linear-neighbors", 816, 0.9067, True),
        )
    )
    text = parts({"Linear": [linear], "Linear + neighbors": [neighbors]})
    assert "Linear + neighbors +3.4 (" in text


def test_the_differences_of_single_trainings_are_shown() -> None:
    linear = [entry("linear", n, **trained(seed=s)) for s, n in enumerate([480, 510])]
    fixation = [entry("fixation", n, **trained(seed=s)) for s, n in ((1, 540), (0, 420), (2, 0))]
    text = verdict({"Linear": linear, "Fixation": fixation})
    assert "(82.5 % and 80.0 %" in text, "the third one of fixation has none to be compared with"
    assert "; training by training -10.0, +5.0)" in text
    assert "training by training" not in verdict({"Linear": linear, "Fixation": fixation[:1]})


def test_what_each_part_brings_is_told_apart_from_the_main_model() -> None:
    alone = entry("alone", 540, fixation="cooperative")
    shared = entry("shared", 300, fixation="cooperative", neighbors=True, shared_projection=True)
    soft = entry("s", 570, attention="softmax", fixation="cooperative", neighbors=True)
    groups = {
        e["title"]: [e] for e in (shared, entry("linear", 480), entry("fixation", 588), alone, soft)
    }
    text = parts(groups)
    assert text.startswith("Points over Linear (95 % interval): Shared -30.0 (")
    assert "; Fixation +18.0 (" in text
    assert "; Alone +10.0 (" in text
    assert "softmax" not in text.lower()  # there is no plain one to compare with
    other_seed = [entry("linear", 300, **trained(seed=1))]
    assert parts(groups | {"Linear": groups["Linear"] + other_seed}) == text
    plain = {"Softmax": [entry("softmax", 540)]}
    assert "Points over Softmax (95 % interval): S +5.0 (" in parts(groups | plain)
    assert "(80.0 % and 98.0 %" in verdict(groups)  # not the shared projection
    assert parts({t: groups[t] for t in ("Linear", "Fixation")}) == ""


def test_models_trained_for_fewer_steps_have_a_table_of_their_own() -> None:
    long = [
        entry("linear", 540, **trained(steps=6000)),
        entry("fixation", 570, **trained(steps=6000)),
    ]
    short = [
        entry("linear", 480),
        entry("linear", 420, preset="hard"),
        entry("linear", 360, **trained(seed=1)),
        entry("fixation", 450),
    ]
    long += [entry("linear", 300, preset="hard", **trained(steps=6000))]
    shipped, hard, repeated = results_text([*long, *short]).split("\n\n**")[1:]
    shorter = further_text([*long, *short]).removeprefix("**")
    assert shipped.startswith("Preset standard, models trained for 6000 steps.**")
    assert "| Linear | 90.0 %" in shipped
    assert hard.startswith("Preset hard, models trained for 6000 steps.**")
    assert shorter.startswith("Shorter trainings, 1500 steps.**")
    assert "| Linear (2 trainings) | 70.0 ± 14.1 % | 0.100 ± 0.000 |" in shorter
    assert "| Fixation | 75.0 % (71.4 to 78.3) | 0.100 | 0.250 | - | - | - |" in shorter
    assert "Preset standard: The paper's order" in shorter
    assert "Preset hard:" not in shorter
    assert repeated.startswith("Several trainings, 1500 steps.**")
    assert "| Linear (2 trainings) | 70.0 ± 14.1 % | 0.100 ± 0.000 |" in repeated
    assert "| Fixation |" not in repeated
    assert "Several" not in results_text([*long, *short[:2]])


def test_motion_of_trainings_of_different_length_is_not_averaged() -> None:
    motion = [
        entry(
            *("linear", 1),
            video="a.mp4",
            agreement={"spatial": [0.1, value]},
            attended={"spatial": [1.0, 4 * value]},
            **trained(steps=steps),
        )
        for value, steps in ((0.5, 3000), (0.25, 6000))
    ]
    text = further_text([], motion)
    assert "| model | a.mp4: agreement | a.mp4: attended |" in text
    assert "| Linear, 3000 steps | 0.50 | 2.00 |" in text
    assert "| Linear, 6000 steps | 0.25 | 1.00 |" in text


def test_motion_stands_below_the_axis_and_layer_it_is_of() -> None:
    def moved(name: str, **values: Any) -> dict[str, Any]:
        return entry(name, 1, video="a.mp4", frames=8, agreement=values, attended=values)

    entries = [moved("joint", joint=[0.25]), moved("linear", temporal=[None], spatial=[0.5])]
    agreement, attended = motion_table(entries).split("\n\n")
    heading, head, joint, linear = agreement.splitlines()
    assert heading == "motion agreement (rank correlation):"
    assert attended.splitlines()[1:] == [head, joint, linear]
    ends = [head.index(title) + len(title) for title in ("joint 0", "temporal 0", "spatial 0")]
    assert [joint[:end].split()[-1] for end in ends] == ["0.250"] * 3
    assert joint.rstrip().endswith("0.250")
    assert [linear[:end].split()[-1] for end in ends] == ["linear", "-", "0.500"]
    rows = list(csv.DictReader(io.StringIO(motion_csv(entries))))
    assert [(r["axis"], r["layer"], r["attended_motion"]) for r in rows] == [
        ("joint", "0", "0.25"),
        ("temporal", "0", ""),
        ("spatial", "0", "0.5"),
    ]


def test_other_frame_sizes_have_their_own_table() -> None:
    other = [entry("linear", 300, height=48, width=96), entry("softmax", 150, height=96, width=96)]
    text = further_text([entry("linear", 540), *other])
    assert "| model | 64 x 64 | 96 x 48 | 96 x 96 |" in text
    assert "| Linear | 90.0 | 50.0 | - |" in text
    assert "| Softmax | - | - | 25.0 |" in text


def test_a_set_trained_at_larger_frames_has_tables_and_sentences_of_its_own() -> None:
    small = [entry("softmax", 500), entry("linear", 400), entry("fixation", 450)]
    large = {"height": 112, "width": 112, "image_size": 112}
    training = {"recipe": "base", "seed": 0, "steps": 9000}
    base = [
        e
        | large
        | {"title": e["title"] + ", 112 px", "sha256": "b" + e["sha256"], "training": training}
        for e in (entry("softmax", 590), entry("linear", 580), entry("fixation", 570))
    ]
    heading = "**Models for finer maps, trained at 112 px**"
    text = main_text([*small, *base])
    first, second = text.split(heading)
    assert first.strip() == main_text(small), "the small ones stand as they did without the others"
    assert "112 px" not in first and second.count("112 px") == 3
    assert "98.3 %" in second and "83.3 %" in first
    assert heading not in main_text(small) and heading not in main_text(base)
    first, second = results_text([*small, *base]).split(heading)
    assert first.strip() == results_text(small) and "112 px" in second
    # Linear below fixation is true of the small set only.
    assert ("accuracy agrees" in first and "accuracy disagrees" in second) or "is open" in second
    assert compared_text([*small, *base], "linear") == compared_text(small, "linear")
    assert compared_text([*small, *base], "blinear") == compared_text(base, "blinear") != ""
    assert further_text([*small, *base]) == "", "no other frame sizes: each at its own"


def test_one_table_has_the_three_main_models_and_no_other() -> None:
    names = ("softmax", "linear", "fixation")
    hard = [entry(name, 300, preset="hard") for name in names]
    cue = [entry(name, 400, preset="cue", title=f"{name}, trained on cue") for name in names]
    part = entry("linear-neighbors", 550, neighbors=True)
    short = [entry(name, 100, **trained(steps=500)) for name in names]
    mains = [entry("softmax", 540), entry("linear", 500, 0.08), entry("fixation", 588, 0.27)]
    lines = main_text([*short, part, *mains, *hard, *cue]).splitlines()
    assert lines[0].startswith(
        "600 clips of each preset that no training used; models trained for 1500 steps."
    )
    assert lines[2].split(" | ")[1:3] == ["standard: right", "standard: concentration"]
    assert lines[4:] == [
        "| Softmax | 90.0 % (87.3 to 92.2) | 0.100 | 0.250 | 50.0 % (46.0 to 54.0) | 0.100 | 0.250 |",
        "| Linear | 83.3 % (80.1 to 86.1) | 0.080 | 0.250 | 50.0 % (46.0 to 54.0) | 0.100 | 0.250 |",
        "| Fixation | 98.0 % (96.5 to 98.9) | 0.270 | 0.250 | 50.0 % (46.0 to 54.0) | 0.100 | 0.250 |",
    ]
    assert main_text([*mains[:2], part]) == ""


def test_results_survive_the_file_and_repeats_replace(tmp_path: Path) -> None:
    old = [entry("linear", 500), entry("fixation", 510)]
    path = tmp_path / "results.json"
    write_results(path, old)
    assert read_results(path) == old
    new = [entry("fixation", 520), entry("fixation", 400, preset="hard")]
    merged = merge_results(old, [*new, entry("linear", 300, **trained(steps=9))])
    assert [e["accuracy"] for e in merged] == [500 / 600, 520 / 600, 400 / 600, 300 / 600]
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2, "entries": []}', '{"schema": 1}'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(OptionError, match="not a results file"):
        read_results(path)


def test_only_what_is_between_the_markers_changes(tmp_path: Path) -> None:
    page, further = tmp_path / "page.md", tmp_path / "further.md"
    for path in (page, further):
        path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    other = entry("linear", 300, height=48, width=96)
    models = [entry(name, 500) for name in ("softmax", "linear", "fixation")]
    write_results(tmp_path / "results.json", [*models, other])
    main(str(tmp_path / "results.json"), str(page), str(further), str(tmp_path))
    once = page.read_text()
    assert once.startswith(f"before\n{BEGIN}\n\n600 clips of each preset")
    assert once.endswith(f"|\n\n{END}\nafter\n")
    assert "old" not in once
    assert further.read_text().startswith(f"before\n{BEGIN}\n\nRight: share of clips")
    assert further.read_text().index("**Preset standard") < further.read_text().index("**Other")
    main(str(tmp_path / "results.json"), str(page), str(further), str(tmp_path))
    assert page.read_text() == once
    with pytest.raises(OptionError, match="results:begin"):
        put_results(f"{END} {BEGIN}", "text")


@pytest.mark.parametrize("module", ["fixviz.evaluation.table", "fixviz.train.table"])
def test_the_tables_are_written_from_the_command_line(module: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("results.json", "page.md", "further.md")]
    write_results(paths[0], [entry("linear", 500)])
    for path in paths[1:]:
        path.write_text(f"{BEGIN}\n{END}\n")
    command = [sys.executable, "-m", module, *map(str, paths)]
    short = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert short.returncode == 1 and short.stderr.startswith("usage: python -m fixviz.evaluation")
    subprocess.run([*command, str(tmp_path)], cwd=ROOT, check=True)
    assert "| Linear | 83.3 % (80.1 to 86.1) |" in paths[2].read_text()


def test_the_terminal_table_is_aligned_and_complete() -> None:
    text = table([entry("softmax", 540), entry("fixation", 588)])
    lines = text.splitlines()
    assert lines[0] == "standard, 64 x 64 px, 600 clips of seed 0 (attention: 600 of them)"
    assert lines[2].split()[:5] == ["softmax", "90.0", "87.3-92.2", "0", "0.900"]
    assert len({len(line) for line in lines[1:6]}) == 1
    assert "1,234,567" in text
    assert "12.3" in text
    undefined = entry("linear", 3)
    undefined["layers"][0]["pointing"] = None
    assert " - " in table([undefined])


def test_csv_has_one_line_per_layer() -> None:
    rows = list(
        csv.DictReader(io.StringIO(to_csv([entry("fixation", 588), entry("a", 1, layers=[])])))
    )
    assert [(r["checkpoint"], r["layer"]) for r in rows] == [
        ("fixation", "0"),
        ("fixation", "1"),
        ("a", ""),
    ]
    assert float(rows[1]["concentration"]) == 0.1
    assert float(rows[0]["accuracy"]) == 0.98
    assert rows[0]["device"] == "cpu, 1 thread"
    assert rows[2]["mass"] == ""


def test_the_pages_show_the_committed_results() -> None:
    results = ROOT / "docs" / "results.json"
    entries = read_results(results)
    for name, text in (
        ("README.md", page_text(entries, read_masked(results))),
        (
            "docs/reference/results.md",
            all_text(
                entries, read_motion(results), read_masked(results), read_faithfulness(results)
            ),
        ),
    ):
        page = (ROOT / name).read_text(encoding="utf-8")
        assert put_results(page, text) == page, REWRITE


def test_the_shipped_cards_say_what_was_measured_beside_them() -> None:
    results = read_results(ROOT / "docs" / "results.json")
    masked = read_masked(ROOT / "docs" / "results.json")
    for folder in map(resolve_checkpoint, checkpoint_names()):
        text = compared_text(results, checkpoint_sha256(folder), masked)
        page = (folder / "card.md").read_text(encoding="utf-8")
        assert text.count("The paper's order, linear below fixation: accuracy") > 0, folder.name
        assert put_results(page, text) == page, REWRITE


def test_a_card_speaks_of_models_with_as_much_training() -> None:
    short, long = trained(steps=3000), trained(steps=6000)
    entries = [
        entry("linear", 60, sha256="f", **short),
        entry("linear", 480, sha256="a", **long),
        entry("fixation", 420, sha256="b", **long),
        entry("linear", 400, sha256="c", preset="hard", **short),
        entry("fixation", 500, sha256="d", preset="hard", **short),
        entry("softmax", 500, sha256="e", preset="cue", **short),
    ]
    assert compared_text(entries, "a") == compared_text(entries, "b")
    assert compared_text(entries, "a").startswith(
        "Preset standard, 600 clips, models trained for 6000 steps. The paper's order, linear below"
        " fixation: accuracy disagrees (80.0 % and 70.0 %"
    )
    assert "Preset hard, 600 clips, models trained for 3000 steps." in compared_text(entries, "d")
    assert compared_text(entries, "e") == ""
    assert compared_text(entries, "unknown") == ""


def test_committed_results_are_of_the_shipped_weights() -> None:
    """Entries of other seeds and lengths of training are of weights that are not shipped."""
    results = ROOT / "docs" / "results.json"
    if not results.exists():
        pytest.skip("no results were committed yet")
    shipped = {}
    for folder in map(resolve_checkpoint, checkpoint_names()):
        training = read_config(folder).extra.get("training")
        if training:
            shipped[folder.name, training["recipe"]["seed"], training["steps_done"]] = folder
    measured = set()
    for e in (*read_results(results), *read_motion(results), *read_masked(results)):
        which = (e["checkpoint"], e["training"]["seed"], e["training"]["steps"])
        if which in shipped:
            assert e["sha256"] == checkpoint_sha256(shipped[which]), which
            measured.add(which)
    assert measured == set(shipped)
