"""Results files, tables, and what they say of the paper's claim."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from fixviz.errors import OptionError
from fixviz.model.config import (
    checkpoint_names,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)
from fixviz.train.measure import wilson_interval
from fixviz.train.report import table, to_csv
from fixviz.train.results import merge_results, read_motion, read_results, write_results
from fixviz.train.table import (
    BEGIN,
    END,
    agreement,
    difference_interval,
    main,
    put_results,
    results_text,
)

ROOT = Path(__file__).parents[2]


def entry(
    checkpoint: str, right: int, concentration: float = 0.1, clips: int = 600, **changes: Any
) -> dict[str, Any]:
    low, high = wilson_interval(right, clips)
    layer = dict.fromkeys(("mass", "mass_on_target", "area", "pointing", "average_precision"), 0.25)
    layer |= {"concentration": concentration, "effective_support": 40.0}
    layer |= {"frames": 4800, "target_frames": 4500}
    fixed = checkpoint == "fixation"
    return {
        "checkpoint": checkpoint,
        "title": checkpoint.capitalize(),
        "attention": "softmax" if checkpoint == "softmax" else "linear",
        "fixation": "cooperative" if fixed else "none",
        "neighbors": fixed,
        "image_size": 64,
        "training": {"recipe": "small", "seed": 0, "steps": 1500},
        **{"preset": "standard", "height": 64, "width": 64, "seed": 0, "clips": clips},
        **{"accuracy": right / clips, "accuracy_low": low, "accuracy_high": high},
        "class_accuracy": {"left": 0.5},
        "attention_clips": clips,
        "layers": [dict(layer, concentration=0.9), layer],
        "parameters": 1234567,
        "cost": {"seconds": 0.0123, "peak_bytes": 4500000, "repeats": 7, "device": "cpu, 1 thread"},
        **changes,
    }


def verdict(linear: dict[str, Any], fixation: dict[str, Any]) -> str:
    return agreement({"Linear": [linear], "Fixation": [fixation]})


def test_difference_interval_of_the_published_example() -> None:
    # Newcombe 1998, example (a), method 10: 56/70 against 48/80
    interval = difference_interval([entry("b", 48, clips=80)], [entry("a", 56, clips=70)])
    assert interval == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_the_verdict_follows_from_the_numbers() -> None:
    agrees = verdict(entry("linear", 535, 0.08), entry("fixation", 588, 0.27))
    assert "accuracy agrees (89.2 % and 98.0 %, difference +8.8 points" in agrees
    assert "concentration agrees (0.080 and 0.270)" in agrees
    against = verdict(entry("linear", 588, 0.27), entry("fixation", 535, 0.08))
    assert "accuracy disagrees" in against
    assert "concentration disagrees" in against
    close = verdict(entry("linear", 535, 0.2), entry("fixation", 545, 0.2))
    assert "accuracy is open" in close
    assert "concentration is open" in close


def test_classes_that_carry_a_difference_are_named() -> None:
    few = {"left": 0.5, "right": 0.75, "up": 0.25}
    more = {"left": 1.0, "right": 0.75, "up": 0.75}
    text = verdict(
        entry("linear", 300, class_accuracy=few), entry("fixation", 500, class_accuracy=more)
    )
    assert "Furthest apart: left (50 % and 100 %), up (25 % and 75 %)" in text
    assert "all other classes 75.0 % and 75.0 %." in text
    assert "Furthest" not in verdict(entry("linear", 300), entry("fixation", 500))


def test_no_verdict_without_both_models() -> None:
    assert agreement({"Linear": [entry("linear", 3)], "Softmax": [entry("softmax", 5)]}) == ""
    blind = verdict(entry("linear", 300, layers=[]), entry("fixation", 500, layers=[]))
    assert "concentration" not in blind


def test_several_trainings_are_averaged_with_their_deviation() -> None:
    seeds = [
        entry("linear", n, c, training={"recipe": "small", "seed": s, "steps": 9})
        for s, (n, c) in enumerate([(480, 0.1), (510, 0.2), (540, 0.3)])
    ]
    text = results_text([*seeds, entry("fixation", 588)])
    # deviation of 80, 85 and 90 % and of 0.1, 0.2 and 0.3, over n - 1
    assert "| Linear (3 trainings) | 85.0 ± 5.0 % | 0.200 ± 0.100 |" in text
    assert "| Fixation | 98.0 % (96.5 to 98.9) | 0.100 |" in text
    assert "accuracy agrees (85.0 % and 98.0 %" in text
    narrow = difference_interval(seeds, [entry("fixation", 588)])
    wide = difference_interval(seeds[1:2], [entry("fixation", 588)])
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_other_frame_sizes_have_their_own_table() -> None:
    other = [entry("linear", 300, height=48, width=96), entry("softmax", 150, height=96, width=96)]
    text = results_text([entry("linear", 540), *other])
    assert "| model | 64 x 64 | 96 x 48 | 96 x 96 |" in text
    assert "| Linear | 90.0 | 50.0 | - |" in text
    assert "| Softmax | - | - | 25.0 |" in text


def test_results_survive_the_file_and_repeats_replace(tmp_path: Path) -> None:
    old = [entry("linear", 500), entry("fixation", 510)]
    path = tmp_path / "results.json"
    write_results(path, old)
    assert read_results(path) == old
    new = [entry("fixation", 520), entry("fixation", 400, preset="hard")]
    merged = merge_results(old, new)
    assert [e["accuracy"] for e in merged] == [500 / 600, 520 / 600, 400 / 600]
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2, "entries": []}', '{"schema": 1}'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(OptionError, match="not a results file"):
        read_results(path)


def test_only_what_is_between_the_markers_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_results(tmp_path / "results.json", [entry("linear", 500)])
    main(str(tmp_path / "results.json"), str(page))
    once = page.read_text()
    assert once.startswith(f"before\n{BEGIN}\n\n**Preset standard.**")
    assert once.endswith(f"|\n\n{END}\nafter\n")
    assert "old" not in once
    main(str(tmp_path / "results.json"), str(page))
    assert page.read_text() == once
    with pytest.raises(OptionError, match="results:begin"):
        put_results(f"{END} {BEGIN}", "text")


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


def test_the_readme_shows_the_committed_results() -> None:
    results = ROOT / "docs" / "results.json"
    if not results.exists():
        pytest.skip("no results were committed yet")
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    text = results_text(read_results(results), read_motion(results))
    assert put_results(page, text) == page, (
        "run: python -m fixviz.train.table docs/results.json README.md"
    )


def test_committed_results_are_of_the_shipped_weights() -> None:
    """Entries of further trainings may be of weights that are not shipped."""
    results = ROOT / "docs" / "results.json"
    if not results.exists():
        pytest.skip("no results were committed yet")
    folders = [resolve_checkpoint(name) for name in checkpoint_names()]
    shipped = {
        (folder.name, read_config(folder).extra["training"]["recipe"]["seed"]): folder
        for folder in folders
        if "training" in read_config(folder).extra
    }
    for e in (*read_results(results), *read_motion(results)):
        folder = shipped.get((e["checkpoint"], e["training"]["seed"]))
        assert folder is None or e["sha256"] == checkpoint_sha256(folder), e["checkpoint"]
