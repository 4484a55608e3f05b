"""Where models look in masked video: figures of one sequence, intervals, and the command."""

from __future__ import annotations

import json
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
from fixviz.evaluation.table import page_text
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
    assert page_text([], entries).splitlines() == lines


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
    with pytest.raises(SystemExit):
        main([*command, "--resolution", "40x50"])
    with pytest.raises(SystemExit):
        main([*command, "--video", str(next(folder.rglob("*.jpg")))])


@pytest.mark.skipif(not SHARED.exists(), reason="the footage is not here")
def test_shipped_models_look_at_what_moves_in_real_video() -> None:
    entries = measure_masked(["softmax", "linear", "fixation"], SHARED, device="cpu")
    lift = {e["checkpoint"]: e["figures"]["lift"] for e in entries}
    assert len(entries[0]["sequences"]) == 10
    assert all(values["low"] > 1 for values in lift.values())
    assert entries[2]["minus"]["linear"]["lift"]["low"] > 0
