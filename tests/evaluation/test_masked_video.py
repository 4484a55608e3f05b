"""Where models look in masked video: figures of one sequence, intervals, and the command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fixviz.cli import main
from fixviz.data.masks import MaskedClip
from fixviz.errors import OptionError
from fixviz.evaluation.masked_table import masked_text
from fixviz.evaluation.masked_video import COMPARED, compare, measure_masked, sequence_figures
from fixviz.evaluation.results import read_masked, read_results
from fixviz.evaluation.table import all_text, compared_text, page_text
from fixviz.evaluation.terminal import masked_table
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

SHARED = Path(__file__).parents[3] / "shared" / "davis240"


def network(**changes: object) -> VideoTransformer:
    torch.manual_seed(0)
    values = {"dim": 16, "depth": 2, "heads": 2, "head_hidden": 8, "frames": 5, "stride": 8}
    values |= {"patch": 10, "image_size": 24, "num_classes": 3, "attention": "softmax"}
    return VideoTransformer(ModelConfig(**{**values, **changes})).eval()


def clip_of(count: int = 7) -> MaskedClip:
    dice = np.random.default_rng(3)
    frames = dice.integers(0, 255, (count, 48, 80, 3), dtype=np.uint8)
    masks = np.zeros((count, 48, 80), np.float32)
    for i, mask in enumerate(masks):
        mask[16:40, 4 * i : 4 * i + 30] = 1
    masks[2] = 0
    return MaskedClip("made", frames, masks)


def test_attention_that_is_uniform_has_lift_one() -> None:
    model = network()
    with torch.no_grad():
        for block in model.blocks:
            for name, weight in block.named_parameters():
                if "qkv" in name:
                    weight.zero_()
    found = sequence_figures(model, clip_of())
    assert found["frames"] == 6  # one frame has no target
    assert found["lift"] == pytest.approx(1, abs=1e-3)
    assert found["mass"] == pytest.approx(found["uniform"], abs=1e-4)
    assert found["concentration"] == pytest.approx(0, abs=1e-3)
    # the mean coverage of the 3 x 5 patches of 10 px on a frame of 24 x 40 is near the mask's share
    assert found["uniform"] == pytest.approx(24 * 30 / (48 * 80), abs=0.08)
    assert 0 < found["pointing_chance"] < found["average_precision_chance"] < 1


def test_a_clip_without_a_target_cannot_be_measured() -> None:
    clip = clip_of()
    with pytest.raises(OptionError, match="No mask of made"):
        sequence_figures(network(), MaskedClip("made", clip.frames, 0 * clip.masks))


def rows(lifts: list[float]) -> list[dict[str, float]]:
    names = ("mass", "uniform", "pointing", "average_precision", "concentration")
    chances = ("pointing_chance", "average_precision_chance")
    return [{**dict.fromkeys((*names, *chances), 0.5), "lift": lift} for lift in lifts]


def test_intervals_are_of_the_sequences_and_differences_are_paired() -> None:
    first = [0.5, 1.0, 2.0, 4.0, 8.0]
    ahead = [lift + 0.25 for lift in first]
    one, two = compare(["one", "two"], [rows(first), rows(ahead)])
    assert one["figures"]["lift"]["mean"] == 3.1
    # of all resamples of five, the mean lies between the smallest and the largest value
    assert 0.5 < one["figures"]["lift"]["low"] < 2 < 4.5 < one["figures"]["lift"]["high"] < 8
    assert one["figures"]["mass"] == {"mean": 0.5, "low": 0.5, "high": 0.5}
    assert one["above_uniform"] == 3  # 0.5 and 1.0 are not
    # as far ahead in every sequence: no doubt about the difference, whatever the spread
    assert two["minus"]["one"]["lift"] == {"mean": 0.25, "low": 0.25, "high": 0.25}
    assert one["minus"]["two"]["lift"]["mean"] == -0.25
    assert set(one["minus"]) == {"two"}
    assert tuple(one["minus"]["two"]) == COMPARED


def test_the_page_shows_figures_beside_chance_and_the_differences_in_lift() -> None:
    first = [0.5, 1.0, 2.0, 4.0, 8.0]
    tables = [rows(first), rows([lift + 0.25 for lift in first])]
    entries = [
        {
            "checkpoint": n,
            "title": n.title(),
            "image_size": 64,
            "masks": "made",
            "sequences": table,
            **summary,
        }
        for n, table, summary in zip(
            ("one", "two"), tables, compare(["one", "two"], tables), strict=True
        )
    ]
    lines = masked_text(entries).splitlines()
    assert "5 sequences, made" in lines[0]
    assert lines[2].startswith("| model | mass on target | lift |")
    assert lines[4] == "| by chance | 0.50 | 1.00 | 0.50 | 0.50 |  |  |"
    assert lines[5].startswith("| One | 0.50 (0.50 to 0.50) | 3.10 (")
    assert lines[5].endswith("| 3 of 5 |")
    assert lines[-1] == "Differences in lift: Two over One: +0.25 (+0.25 to +0.25)."
    assert all_text([], [], entries).splitlines() == lines


MAINS = (
    ("softmax", "softmax", "none", False),
    ("linear", "linear", "none", False),
    ("fixation", "linear", "cooperative", True),
    ("other", "softmax", "cooperative", True),
)


def measured(lifts: list[float]) -> list[dict[str, object]]:
    """Entries of the three main models and another one, each a tenth ahead of the one before."""
    tables = [rows([lift + i / 10 for lift in lifts]) for i in range(len(MAINS))]
    summed = compare([name for name, *_ in MAINS], tables)
    return [
        {
            **{"checkpoint": name, "title": name.title(), "masks": "made", "sequences": table},
            **{"attention": attention, "fixation": fixation, "neighbors": neighbors},
            **{"sha256": name, "image_size": 64, "training": {"steps": 9000}, **summary},
        }
        for (name, attention, fixation, neighbors), table, summary in zip(
            MAINS, tables, summed, strict=True
        )
    ]


def test_the_readme_gets_a_short_table_of_the_main_models_and_one_difference() -> None:
    lines = page_text([], measured([0.5, 1.0, 2.0, 4.0, 8.0])).splitlines()
    assert lines[2] == "| model | mass on target | lift | pointing | average precision |"
    assert lines[4] == "| by chance | 0.50 | 1.00 | 0.50 | 0.50 |"
    assert [line.split(" | ")[0] for line in lines[5:8]] == ["| Softmax", "| Linear", "| Fixation"]
    assert lines[5].startswith("| Softmax | 0.50 | 3.10 (") and lines[5].endswith("| 0.50 | 0.50 |")
    assert lines[8:] == [
        "",
        "Fixation over Linear, sequence by sequence: lift +0.10 (+0.10 to +0.10), pointing +0.00 "
        "(+0.00 to +0.00), average precision +0.00 (+0.00 to +0.00).",
    ]
    assert page_text([], []) == ""


def test_a_card_tells_its_own_figures_and_what_it_is_ahead_by() -> None:
    entries = measured([0.5, 1.0, 2.0, 4.0, 8.0])
    text = compared_text([], "fixation", entries)
    assert text.count("\n") == 0
    assert (
        "(5 sequences, made)" in text and "Mass on target 0.50 (uniform 0.50); lift 3.30 (" in text
    )
    assert "Lift is above 1 in 4 of 5." in text
    assert "softmax +0.20 (+0.20 to +0.20); linear +0.10 (+0.10 to +0.10); other -0.10" in text
    assert compared_text([], "unknown", entries) == ""


def test_few_sequences_are_told_and_one_alone_has_no_interval() -> None:
    (alone, *_) = measured([2.0])
    assert alone["figures"]["lift"] == {"mean": 2.0, "low": None, "high": None}
    for text in (masked_text([alone]), masked_table([alone])):
        assert "One sequence gives no interval." in text and "None" not in text
    two = measured([2.0, 3.0])
    assert "Intervals over 2 sequences say little" in masked_table(two)
    assert "say little" not in masked_table(measured([1.0, 2.0, 3.0, 4.0, 5.0]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clip = clip_of(20)
    for name in ("ant", "bee"):
        for i in range(20):
            for kind, ending, picture in (
                ("JPEGImages", "jpg", clip.frames[i]),
                ("Annotations", "png", clip.masks[i] * 255),
            ):
                path = tmp_path / "set" / kind / "240p" / name / f"{i:05d}.{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), picture)
    return tmp_path / "set"


def test_the_command_measures_writes_and_replaces(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, changes in (("plain", {}), ("other", {"attention": "linear"})):
        save_checkpoint(tmp_path / name, network(**changes), title=name.title(), card="")
    models = ["--models", f"{tmp_path / 'plain'},{tmp_path / 'other'}"]
    out = ["--out", str(tmp_path / "r.json"), "--csv", str(tmp_path / "r.csv")]
    command = ["evaluate", *models, "--masks", str(folder), "--rate", "16"]
    main([*command, *out])
    text = capsys.readouterr().out
    assert "2 sequences" in text
    assert "other - plain" in text
    main([*command, *out, "--json"])
    shown = json.loads(capsys.readouterr().out)
    kept = read_masked(tmp_path / "r.json")
    assert read_results(tmp_path / "r.json") == []
    assert kept == shown
    assert [(e["checkpoint"], e["masks"], e["rate"]) for e in kept] == [
        ("plain", "set", 16.0),
        ("other", "set", 16.0),
    ]
    assert [s["sequence"] for s in kept[0]["sequences"]] == ["ant", "bee"]
    assert kept[0]["sequences"][0]["frames"] == 9  # of 10 at 8 Hz, frame 2 of the 20 has no target
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 5
    main([*command, *out, "--resolution", "40"])
    text = capsys.readouterr().out
    assert "frames of 40 px" in text
    sizes = [(e["checkpoint"], e["short_side"]) for e in read_masked(tmp_path / "r.json")]
    own = kept[0]["image_size"]
    # Another frame size is another measurement, and replaces none.
    assert sizes == [("plain", own), ("other", own), ("plain", 40), ("other", 40)]
    page = masked_text(read_masked(tmp_path / "r.json"))
    assert page.count("**On real video**") == 2 and page.count("set, frames of 40 px)") == 1
    main([*command, "--masks-name", "Two insects", "--json"])
    assert {e["masks"] for e in json.loads(capsys.readouterr().out)} == {"Two insects"}
    with pytest.raises(SystemExit):
        main([*command, "--resolution", "40x50"])
    one = folder / "Annotations" / "240p" / "bee"
    main(["evaluate", *models, "--masks", str(one), "--rate", "16", "--json"])
    alone = json.loads(capsys.readouterr().out)
    assert [s["sequence"] for s in alone[0]["sequences"]] == ["bee"]
    assert alone[0]["sequences"] == kept[0]["sequences"][1:]
    with pytest.raises(SystemExit):
        main([*command, "--video", str(next(folder.rglob("*.jpg")))])


def test_sequences_with_nothing_to_measure_are_left_out_by_name(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (folder / "Annotations" / "240p" / "ant").iterdir():
        cv2.imwrite(str(path), np.zeros((48, 80), np.uint8))
    save_checkpoint(tmp_path / "plain", network(), title="Plain", card="")
    main(["evaluate", "--models", str(tmp_path / "plain"), "--masks", str(folder), "--rate", "16"])
    text = capsys.readouterr().out
    assert "1 sequence," in text and "left out, since no mask covers enough of a patch: ant" in text
    shutil.rmtree(folder / "Annotations" / "240p" / "bee")
    with pytest.raises(SystemExit):
        main(["evaluate", "--models", str(tmp_path / "plain"), "--masks", str(folder)])
    assert "no mask covers enough of a patch" in capsys.readouterr().err


def test_frames_without_a_mask_are_left_out_of_the_means() -> None:
    clip = clip_of()
    some = clip.masks.copy()
    some[[1, 4]] = np.nan
    whole = sequence_figures(network(), clip)
    found = sequence_figures(network(), MaskedClip("made", clip.frames, some))
    assert (whole["frames"], found["frames"]) == (6, 4)  # one more has no target
    # Without neighbors, a frame's figures need its own mask only.
    lone = clip.masks.copy()
    lone[[0, 1, 2, 4, 5, 6]] = np.nan
    only = np.zeros_like(clip.masks)
    only[3] = clip.masks[3]
    figures = [
        sequence_figures(network(), MaskedClip("made", clip.frames, masks))
        for masks in (lone, only)
    ]
    assert figures[0] == figures[1]


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the footage is not here")
def test_shipped_models_look_at_what_moves_in_real_video() -> None:
    entries = measure_masked(["softmax", "linear", "fixation"], SHARED, device="cpu")
    lift = {e["checkpoint"]: e["figures"]["lift"] for e in entries}
    assert len(entries[0]["sequences"]) == 10
    assert all(values["low"] > 1 for values in lift.values())
    assert entries[2]["minus"]["linear"]["lift"]["low"] > 0
