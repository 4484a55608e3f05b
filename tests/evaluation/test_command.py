"""`fixviz evaluate` from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.cli import main
from fixviz.data.classes import CLASSES
from fixviz.evaluation.results import read_motion, read_results
from fixviz.media import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models")
    for name, changes in (("plain", {}), ("fixed", {"fixation": "cooperative"})):
        torch.manual_seed(0)
        config = ModelConfig(
            **{"dim": 16, "depth": 2, "heads": 2, "head_hidden": 8, "frames": 5, "stride": 8},
            **{"patch": 10, "image_size": 24, "num_classes": 15, "class_names": CLASSES},
            **changes,
        )
        training = {"recipe": {"name": "tiny", "seed": 7}, "steps_done": 11}
        model = VideoTransformer(config)
        save_checkpoint(
            folder / name, model, title=name.title(), card="", extra={"training": training}
        )
    return f"{folder / 'plain'},{folder / 'fixed'}"


@pytest.mark.slow
def test_json_is_alone_on_standard_output(models: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fixviz", "evaluate", "--models", models, "--clips", "3", "--json"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    entries = json.loads(done.stdout)
    assert [e["checkpoint"] for e in entries] == ["plain", "fixed"]
    assert entries[1]["training"] == {
        "recipe": "tiny",
        "seed": 7,
        "steps": 11,
        "steps_to_80": None,
    }
    assert (entries[0]["height"], entries[0]["width"], entries[0]["clips"]) == (24, 24, 3)
    assert len(entries[0]["sha256"]) == 64


def test_videos_are_measured_against_their_motion_beside_what_the_file_holds(
    models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = np.full((12, 48, 64, 3), 90, np.uint8)
    for i, frame in enumerate(frames):
        frame[8:40:2, 4 + 3 * i : 20 + 3 * i] = 240
    encode_mp4(tmp_path / "bar.mp4", frames, 8)
    out = ["--out", str(tmp_path / "r.json"), "--models", models]
    main(["evaluate", *out, "--clips", "2"])
    main(["evaluate", *out, "--video", str(tmp_path / "bar.mp4"), "--json"])
    assert len(read_results(tmp_path / "r.json")) == 2
    entries = read_motion(tmp_path / "r.json")
    assert [(e["checkpoint"], e["video"], e["frames"]) for e in entries] == [
        ("plain", "bar.mp4", 12),
        ("fixed", "bar.mp4", 12),
    ]
    layers = entries[1]["agreement"]["spatial"]
    assert len(layers) == 2 and all(-1 <= value <= 1 for value in layers)
    # all that moves is the bar, so the flow it attends to is not the mean
    assert all(value > 0 and value != 1 for value in entries[1]["attended"]["spatial"])
    assert '"agreement"' in capsys.readouterr().out


def test_files_are_written_and_grow_by_kind(models: str, tmp_path: Path, capsys) -> None:
    one = models.split(",")[0]
    shared = ["evaluate", "--models", one, "--clips", "2", "--out", str(tmp_path / "r.json")]
    main([*shared, "--preset", "easy", "--resolution", "24, 24x32"])
    main([*shared, "--preset", "hard", "--csv", str(tmp_path / "r.csv"), "--attention-clips", "1"])
    main([*shared, "--preset", "hard"])
    entries = read_results(tmp_path / "r.json")
    found = [(e["preset"], e["height"], e["width"], e["attention_clips"]) for e in entries]
    assert found == [("easy", 24, 24, 2), ("easy", 24, 32, 2), ("hard", 24, 24, 2)]
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 3
    shown = capsys.readouterr()
    assert shown.out.startswith("easy, 24 x 24 px, 2 clips of seed 0")
    assert "easy, 32 x 24 px" in shown.out
    assert shown.err == ""


def test_cost_is_kept_where_asked_for_and_of_the_same_weights(models: str, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    one = models.split(",")[0]
    command = ["evaluate", "--models", one, "--clips", "2", "--preset", "easy", "--out", str(out)]
    main(command)
    values = json.loads(out.read_text())
    values["entries"][0]["cost"]["seconds"] = 7.5
    values["entries"][0]["accuracy"] = 0.123
    out.write_text(json.dumps(values))
    main([*command, "--keep-cost"])
    (kept,) = read_results(out)
    assert kept["cost"]["seconds"] == 7.5
    assert kept["accuracy"] != 0.123, "all else is measured"
    values["entries"][0]["sha256"] = "0" * 64
    out.write_text(json.dumps(values))
    main([*command, "--keep-cost"])
    assert read_results(out)[0]["cost"]["seconds"] < 7.5
    main(command)
    assert read_results(out)[0]["cost"]["seconds"] < 7.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--models", "sofmax"), "sofmax"),
        (("--models", ","), "names nothing"),
        (("--clips", "0"), "at least 1 clip"),
        (("--seed", "-1"), "0 or more"),
        (("--resolution", "64x"), "64x96"),
        (("--resolution", "4x5x6"), "64x96"),
        (("--resolution", "8"), "16 pixels"),
        (("--preset", "moderate"), "easy, standard, hard, cue"),
        (("--device", "abacus"), "abacus"),
        (("--out", "/nowhere/at/all.json"), "create it first"),
    ],
)
def test_bad_options_are_one_sentence_and_exit_code_2(
    models: str, options: tuple[str, ...], message: str, capsys
) -> None:
    chosen = options if "--models" in options else ("--models", models, *options)
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", *chosen])
    assert stop.value.code == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
