"""Faithfulness over clips: the same as of each clip by itself, and not measured twice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.analysis.attribution.faithfulness import derive_faithfulness
from fixviz.analysis.derived import Subject
from fixviz.cli import main
from fixviz.data.classes import CLASSES
from fixviz.errors import OptionError
from fixviz.evaluation import faithfulness
from fixviz.evaluation.accuracy import unseen_clips
from fixviz.evaluation.faithfulness import measure_faithfulness
from fixviz.evaluation.faithfulness_table import faithfulness_text
from fixviz.evaluation.results import read_faithfulness, read_results
from fixviz.evaluation.terminal import faithfulness_csv
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    config = ModelConfig(
        **{"dim": 16, "depth": 1, "heads": 2, "head_hidden": 8, "frames": 5, "stride": 8},
        **{"patch": 10, "image_size": 24, "num_classes": 15, "class_names": CLASSES},
    )
    path = tmp_path_factory.mktemp("model") / "tiny"
    training = {"recipe": {"name": "tiny", "seed": 7}, "steps_done": 11}
    save_checkpoint(
        path, VideoTransformer(config), title="Tiny", card="", extra={"training": training}
    )
    return path


def test_figures_are_means_over_the_clips(folder: Path) -> None:
    (entry,) = measure_faithfulness([str(folder)], ["easy"], 2, seed=5)
    model = load_model(folder)
    pixels = next(unseen_clips(model, "easy", 2, 5, None)).pixels
    frames = (pixels * 255).round().byte().permute(0, 1, 3, 4, 2).numpy()
    found = [
        derive_faithfulness(
            Subject(model, frames[clip]), {"method": "attention_received", "seed": clip}
        ).description
        for clip in range(2)
    ]
    deletion = np.array([one["deletion"]["area"] for one in found])
    random = np.array([one["deletion"]["random_mean"] for one in found])
    figures = entry["figures"]
    assert figures["deletion_area"]["mean"] == pytest.approx(deletion.mean(), abs=2e-5)
    gain = random - deletion
    assert figures["deletion_gain"]["mean"] == pytest.approx(gain.mean(), abs=2e-5)
    assert figures["deletion_gain"]["low"] == pytest.approx(gain.min(), abs=2e-5)
    insertion = [one["insertion"]["area"] - one["insertion"]["random_mean"] for one in found]
    assert figures["insertion_gain"]["mean"] == pytest.approx(np.mean(insertion), abs=2e-5)
    better = sum(one["insertion"]["verdict"] == "better than random" for one in found)
    assert entry["better"]["insertion"] == better
    assert (entry["clips"], entry["map"], entry["height"]) == (2, "attention_received", 24)


def test_what_is_known_is_not_measured_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    out = tmp_path / "r.json"
    command = ["evaluate", "--models", str(folder), "--preset", "easy", "--out", str(out)]
    main([*command, "--clips", "1"])
    main([*command, "--faithfulness", "1", "--csv", str(tmp_path / "f.csv")])
    first = read_faithfulness(out)
    assert len(first) == 1 and len(read_results(out)) == 1, "the other part of the file stays"
    assert "easy, 1 clips of seed 0, map: attention_received" in capsys.readouterr().out
    assert (tmp_path / "f.csv").read_text().splitlines()[1].startswith("tiny,easy,1,0,")
    monkeypatch.setattr(faithfulness, "_figures", lambda *_: pytest.fail("measured again"))
    main([*command, "--faithfulness", "1"])
    assert read_faithfulness(out) == first
    monkeypatch.setattr(
        faithfulness, "_figures", lambda *_: {"figures": first[0]["figures"], "better": {}}
    )
    (other,) = measure_faithfulness([str(folder)], ["easy"], 2, known=first)
    assert other["clips"] == 2, "more clips are another measurement"


def test_wrong_requests_are_refused(folder: Path, capsys) -> None:
    with pytest.raises(OptionError, match="no map 'guess'"):
        next(measure_faithfulness([str(folder)], method="guess"))
    with pytest.raises(OptionError, match="at least 1"):
        next(measure_faithfulness([str(folder)], clips=0))
    with pytest.raises(SystemExit):
        main(["evaluate", "--faithfulness", "1", "--video", str(folder / "config.json")])
    assert "different measurements" in capsys.readouterr().err


def test_the_table_says_what_was_measured() -> None:
    figure = {"mean": 0.0123, "low": -0.004, "high": 0.03}
    entry = {
        **{"title": "Tiny", "checkpoint": "tiny", "preset": "hard", "clips": 30, "seed": 2},
        **{"map": "rollout", "steps": 20, "random_orders": 10},
        "figures": {"deletion_gain": figure, "insertion_gain": figure},
        "better": {"deletion": 7, "insertion": 12},
    }
    text = faithfulness_text([entry])
    assert "(attention rollout, 30 clips of preset hard, seed 2)" in text
    assert (
        "| Tiny | +0.012 (-0.004 to +0.030) | +0.012 (-0.004 to +0.030) | 7 of 30 | 12 of 30 |"
        in text
    )
    assert faithfulness_text([]) == ""
    assert faithfulness_csv([json.loads(json.dumps(entry))]).count("\n") == 2
