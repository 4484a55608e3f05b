"""Training on a tiny model: it learns, resumes to the bit, and stops when it diverges."""

from __future__ import annotations

import csv
import itertools
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fixviz.data.classes import CLASSES
from fixviz.errors import CheckpointError, OptionError, TrainingDiverged
from fixviz.evaluation.accuracy import evaluate, unseen_seed
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config
from fixviz.model.frame_sizes import trained_sizes
from fixviz.train.export import write_checkpoints
from fixviz.train.loop import frame_size, learning_rate, run, training_clips
from fixviz.train.metrics import steps_to
from fixviz.train.recipe import MODELS, Recipe, going_on_from, recipe
from fixviz.train.session import train
from fixviz.train.student import Student, Targets, losses, token_targets
from fixviz.train.trainee import parameter_groups

SHAPE = {"dim": 16, "depth": 1, "heads": 2, "mlp_ratio": 1, "head_hidden": 8, "frames": 4}
TINY = Recipe(
    name="tiny",
    shape={**SHAPE, "patch": 10, "stride": 8, "image_size": 24},
    preset="easy",
    steps=30,
    batch=6,
    sizes=((24, 24), (24, 32)),
    learning_rate=5e-3,
    warmup=3,
)


def quiet(_: str) -> None:
    pass


def losses_in(folder: Path) -> dict[tuple[str, int], float]:
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
        return {(r["model"], int(r["step"])): float(r["loss"]) for r in csv.DictReader(file)}


def same(a: dict[str, Any], b: dict[str, Any], name: str) -> bool:
    one, two = a["trainees"][name], b["trainees"][name]
    return all(
        torch.equal(one[part][key], two[part][key])
        for part in ("student", "average")
        for key in one[part]
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("state")
    return folder, run(TINY, ("linear", "fixation"), folder, device="cpu", report=quiet)


def test_presets_share_the_clips_of_a_step_in_pairs() -> None:
    mixed = replace(TINY, preset="easy,cue", batch=6)
    alone = replace(TINY, preset="easy", batch=6)
    shares = set()
    for step in range(8, 12):
        clips = training_clips(mixed, step, 0, 1, torch.device("cpu"))
        assert len(clips.labels) == 6
        # of three pairs, two are of one preset and one of the other, in turn
        red, green, blue = clips.pixels.unbind(2)
        magenta = (torch.minimum(red, blue) - green > 0.4).float().mean((1, 2, 3)) > 0.005
        shares.add(int(magenta.sum()))
        assert (
            clips.pixels.shape
            == training_clips(alone, step, 0, 1, torch.device("cpu")).pixels.shape
        )
    assert shares == {2, 4}


def test_the_same_step_draws_the_same_mixed_clips_and_each_preset_its_own() -> None:
    mixed = replace(TINY, preset="easy,easy", batch=8)
    clips = training_clips(mixed, 3, 0, 1, torch.device("cpu"))
    assert torch.equal(clips.pixels, training_clips(mixed, 3, 0, 1, torch.device("cpu")).pixels)
    assert not torch.equal(clips.pixels[:4], clips.pixels[4:])


def test_thirty_steps_lower_the_loss(finished: tuple[Path, dict[str, Any]]) -> None:
    loss = losses_in(finished[0])
    for name in ("linear", "fixation"):
        assert loss[name, 30] < 0.97 * loss[name, 20]


def test_a_stopped_run_goes_on_to_the_same_weights(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    run(TINY, ("linear", "fixation"), tmp_path, device="cpu", stop_at=13, report=quiet)
    resumed = run(TINY, ("linear", "fixation"), tmp_path, device="cpu", report=quiet)
    assert resumed["step"] == 30
    for name in ("linear", "fixation"):
        assert same(resumed, finished[1], name)


def test_a_model_does_not_depend_on_what_is_trained_beside_it(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    alone = run(TINY, ("fixation",), tmp_path, device="cpu", report=quiet)
    assert same(alone, finished[1], "fixation")


def test_another_cycle_goes_on_from_the_end_of_the_first(tmp_path: Path) -> None:
    short = replace(TINY, steps=8, warmup=2)
    run(short, ("linear",), tmp_path, device="cpu", report=quiet)
    resumed = run(
        replace(short, further_cycles=(5,)), ("linear",), tmp_path, device="cpu", report=quiet
    )
    assert resumed["step"] == 13
    whole = run(
        replace(short, further_cycles=(5,)), ("linear",), tmp_path / "x", device="cpu", report=quiet
    )
    assert same(resumed, whole, "linear")


def test_training_goes_on_from_checkpoints(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    write_checkpoints(finished[0], tmp_path, measure=False)
    trained = load_model(tmp_path / TINY.checkpoint_name("linear"), "cpu").state_dict()
    further = replace(TINY, **going_on_from(str(tmp_path)), learning_rate=0.0, weight_decay=0.0)
    state = run(further, ("linear",), tmp_path / "state", device="cpu", stop_at=1, report=quiet)
    student = state["trainees"]["linear"]["student"]
    assert all(torch.equal(student[f"network.{name}"], value) for name, value in trained.items())
    other = replace(further, shape={**TINY.shape, "depth": 2})
    with pytest.raises(CheckpointError, match="another configuration"):
        run(other, ("linear",), tmp_path / "other", device="cpu", stop_at=1, report=quiet)


def test_every_cycle_warms_up_and_falls_while_the_difficulty_stays() -> None:
    twice = replace(TINY, steps=100, warmup=10, further_cycles=(50,))
    rates = [learning_rate(twice, step) for step in range(150)]
    assert max(rates) == rates[9] == rates[109] == pytest.approx(TINY.learning_rate)
    assert rates[100] == rates[0]
    assert max(rates[99], rates[149]) < 0.02 * TINY.learning_rate
    assert twice.total_steps == 150


def test_steps_to_an_accuracy_count_at_full_difficulty_only(tmp_path: Path) -> None:
    rows = [(100, 0.99, 0.9), (200, 0.5, 1.0), (300, 0.81, 1.0), (400, 0.9, 1.0)]
    lines = ["step,model,accuracy,difficulty"]
    lines += [f"{step},linear,{right},{difficulty}" for step, right, difficulty in rows]
    lines += ["300,softmax,1.0,1.0"]
    (tmp_path / "metrics.csv").write_text("\n".join(lines))
    assert steps_to(tmp_path / "metrics.csv", "linear", 0.8, over=100) == 300
    assert steps_to(tmp_path / "metrics.csv", "linear", 0.8, over=200) == 400
    assert steps_to(tmp_path / "metrics.csv", "linear", 0.95) is None
    assert steps_to(tmp_path / "none.csv", "linear", 0.8) is None


def test_divergence_stops_with_the_step_and_the_model(tmp_path: Path) -> None:
    wild = replace(TINY, learning_rate=1e9, warmup=1, clip_norm=1e9)
    with pytest.raises(TrainingDiverged, match=r"linear stopped at step \d+.*lower learning rate"):
        run(wild, ("linear",), tmp_path, device="cpu", report=quiet)


def test_a_state_of_another_run_is_refused(
    finished: tuple[Path, dict[str, Any]],
) -> None:
    with pytest.raises(CheckpointError, match="another folder"):
        run(replace(TINY, seed=1), ("linear", "fixation"), finished[0], device="cpu", report=quiet)


def test_checkpoints_load_and_say_how_they_were_trained(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folders = write_checkpoints(finished[0], tmp_path, measure=False)
    assert [f.name for f in folders] == ["easy-linear", "easy-fixation"]
    model = load_model(folders[1], device="cpu")
    assert model.config.class_names == CLASSES
    assert model.config.temporal_shift
    average = finished[1]["trainees"]["fixation"]["average"]["network.norm.weight"]
    assert torch.equal(model.norm.weight, average.half().float())
    text = (folders[1] / "card.md").read_text(encoding="utf-8")
    assert "30 of 30 steps" in text
    assert "No real video" in text


@pytest.mark.slow
def test_train_writes_checkpoints_with_measured_results(tmp_path: Path) -> None:
    short = replace(TINY, steps=2)
    folders = train(short, ["softmax"], tmp_path / "state", tmp_path / "out", "cpu", report=quiet)
    text = (folders[0] / "card.md").read_text(encoding="utf-8")
    assert "| standard |" in text
    assert "chance is 6.7 %" in text


def test_evaluation_is_repeatable_and_counts_every_class() -> None:
    torch.manual_seed(0)
    from fixviz.model.transformer import VideoTransformer

    model = VideoTransformer(TINY.config("linear"))
    first = evaluate(model, "easy", 37, seed=3)
    assert first == evaluate(model, "easy", 37, seed=3)
    assert first != evaluate(model, "easy", 37, seed=4)
    assert set(first["class_accuracy"]) == set(CLASSES)
    assert first["height"] == first["width"] == 24
    assert 0 <= first["accuracy"] <= 1
    wide = evaluate(model, "easy", 5, resolution=(29, 41))
    assert (wide["height"], wide["width"]) == (29, 41)


def test_evaluation_refuses_models_with_other_classes() -> None:
    from fixviz.model.transformer import VideoTransformer

    other = replace(TINY.config("linear"), class_names=(), num_classes=15)
    with pytest.raises(OptionError, match="other classes"):
        evaluate(VideoTransformer(other))


def test_evaluation_seeds_lie_outside_of_every_training_run() -> None:
    largest_training_seed = (2**20 - 1) * 2**36 + 2**36 - 1
    assert unseen_seed(0, 0) > largest_training_seed
    assert unseen_seed(2**20, 2**20 - 1) < 2**63


def test_the_truth_of_a_token_is_the_mean_over_its_patch() -> None:
    clips = training_clips(TINY, 29, 0, 1, torch.device("cpu"))
    targets = token_targets(clips, patch=10, stride=8)
    b, t, height, width = clips.target_mask.shape
    assert targets.mask.shape == (b, t, height // 8 + 1, width // 8 + 1)
    # token (1, 2) is centered at (8, 16) and sees rows 3..12, columns 11..20
    window = (slice(None), slice(None), slice(3, 13), slice(11, 21))
    torch.testing.assert_close(targets.mask[:, :, 1, 2], clips.target_mask[window].mean((2, 3)))
    # the corner sees only what lies in the frame
    corner = clips.growth[:, :, :5, :5].mean((2, 3))
    torch.testing.assert_close(targets.motion[:, :, 0, 0, 2], corner / 0.1)


def test_a_token_off_the_object_is_asked_for_nothing_and_one_on_it_for_the_class() -> None:
    classes = 3
    mask = torch.tensor([0.5, 0.05, 0.0]).view(1, 1, 1, 3)
    targets = Targets(torch.tensor([2]), mask, torch.zeros(1, 1, 1, 3, 3))
    dense = torch.zeros(1, 1, 1, 3, 4 + classes + 1)
    even = losses(torch.zeros(1, classes), dense, targets)
    # four equal answers on the object (weighted 0.5, at least 1 in the divisor) and off it
    assert even.token.item() == pytest.approx(0.5 * math.log(4) + 0.5 * math.log(4))
    dense[..., 0, 4 + 2] = 9.0
    dense[..., 2, -1] = 9.0
    assert losses(torch.zeros(1, classes), dense, targets).token.item() < 0.01
    dense[..., 1, 4 + 1] = 9.0  # sees too little of it to be asked
    assert losses(torch.zeros(1, classes), dense, targets).token.item() < 0.01


def test_the_head_learns_faster_and_the_time_embedding_does_not_decay() -> None:
    small = recipe("small", head_rate=7.0, weight_decay=0.3)
    student = Student(small.config("fixation"))
    groups = parameter_groups(student, small.weight_decay, small.head_rate)
    of = {id(weight): group for group in groups for weight in group["params"]}
    assert len(of) == len(list(student.parameters()))
    assert of[id(student.network.head[1].weight)]["rate"] == 7.0
    assert of[id(student.network.patch_embedding.projection.weight)]["weight_decay"] == 0.3
    assert of[id(student.network.temporal_embedding)]["weight_decay"] == 0.0
    assert of[id(student.network.temporal_embedding)]["rate"] == 1.0


def test_the_order_of_frames_is_as_loud_as_their_content() -> None:
    embedding = Student(recipe("small").config("linear")).network.temporal_embedding
    assert embedding.square().mean().sqrt().item() == pytest.approx(1.0, abs=0.15)
    moments = embedding[0, :, 0]
    assert torch.cdist(moments, moments).add(torch.eye(len(moments)) * 9).min() > 1


def test_learning_rate_warms_up_and_falls() -> None:
    rates = [learning_rate(TINY, step) for step in range(TINY.steps)]
    assert rates[0] < rates[1] < rates[2] == TINY.learning_rate
    assert all(a > b for a, b in itertools.pairwise(rates[3:]))


def test_other_sizes_come_late_and_cost_no_more_pixels() -> None:
    small = recipe("small")
    main = [frame_size(small, s) for s in range(small.steps // 2)]
    late = {frame_size(small, s)[:2] for s in range(small.steps // 2, small.steps)}
    assert set(main) == {(64, 64, small.batch)}
    assert late == set(small.sizes)
    for step in range(small.steps):
        height, width, clips = frame_size(small, step)
        assert height * width * clips <= 1.1 * 64 * 64 * small.batch


def test_models_of_a_recipe_differ_in_their_attention_only() -> None:
    small = recipe("small")
    configs = [small.config(name).to_dict() for name in MODELS]
    kinds = {
        "attention",
        "fixation",
        "shared_projection",
        "spatial_shift",
        "temporal_shift",
        "shift_div",
    }
    for key in configs[0].keys() - kinds:
        assert len({str(c[key]) for c in configs}) == 1


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(OptionError, match="softmax, linear, fixation"):
        recipe("small").config("quadratic")
    with pytest.raises(OptionError, match="small"):
        recipe("large")


def test_training_stops_after_its_time_and_goes_on_where_it_was(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    calls = [
        run(TINY, ("linear", "fixation"), tmp_path, device="cpu", minutes=1e-9, report=quiet)
        for _ in range(3)
    ]
    # The time is looked at every 20 steps, and the training has 30.
    assert [state["step"] for state in calls] == [20, 30, 30]
    _, whole = finished
    assert same(calls[-1], whole, "linear") and same(calls[-1], whole, "fixation")


@pytest.mark.slow
def test_the_base_set_is_trained_by_its_script_and_written_at_the_end(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "base_set.py"
    options = ["--steps", "1", "--batch", "4", "--preset", "standard", "--device", "cpu"]
    folders = ["--state", str(tmp_path / "state"), "--out", str(tmp_path / "out")]
    command = [sys.executable, str(script), *options, "--precision", "no", *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 steps in" in done.stdout and "0 left" in done.stdout
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["base-fixation", "base-linear", "base-softmax"]
    info = read_config(tmp_path / "out" / "base-fixation")
    assert (info.title, info.config.image_size) == ("Linear + fixation + neighbors, 112 px", 112)
    assert trained_sizes(info) == (64, 96, 112, 160)
