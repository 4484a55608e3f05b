"""Teaching a small network: what is learned, from which clips, and what stays as it was."""

import numpy as np
import pytest
import torch

from fixviz.errors import JobCancelled, OptionError
from fixviz.model.config import ModelConfig
from fixviz.model.new_classes import with_new_classes
from fixviz.model.transformer import VideoTransformer
from fixviz.teaching.learning import (
    LEAST_STEPS,
    MOST_STEPS,
    LearnedClip,
    _set_linear,
    altered,
    answer,
    teach,
)
from fixviz.teaching.split import held_out

NAMES = ("red", "blue")
PATIENT = 1e6
"""Seconds that no machine needs: the number of steps then depends on no clock."""
CONFIG = ModelConfig(
    fixation="cooperative",
    spatial_shift=True,
    temporal_shift=True,
    dim=16,
    depth=3,
    heads=2,
    head_hidden=13,
    frames=4,
    patch=6,
    stride=5,
    image_size=20,
    num_classes=7,
)


@pytest.fixture(scope="module")
def backbone() -> VideoTransformer:
    torch.manual_seed(0)
    return VideoTransformer(CONFIG).eval()


def clip(label: int, seed: int, frames: int, width: int, *, held_out: bool = False) -> LearnedClip:
    """A noisy clip whose color is its class: red, or blue."""
    noise = np.random.default_rng(seed).integers(0, 60, (frames, 20, width, 3))
    noise[..., 2 * label] += 150
    return LearnedClip(noise.astype(np.uint8), label, held_out)


def colors(*, flip_held_out: bool = False) -> list[LearnedClip]:
    """Five clips of each color, of unequal length and form; two of each are held out."""
    made = []
    for label in (0, 1):
        for n in range(5):
            aside = n < 2
            shown = 1 - label if aside and flip_held_out else label
            one = clip(label, 10 * label + n, (3, 4, 7, 9, 11)[n], (20, 35)[n % 2])
            made.append(LearnedClip(one.frames, shown, aside))
    return made


def test_two_colors_are_told_apart_on_clips_that_were_held_out(backbone) -> None:
    points = []
    taught = teach(
        backbone,
        NAMES,
        colors(),
        most_seconds=PATIENT,
        on_point=lambda point, _: points.append(point),
    )
    assert taught.model.config.class_names == ("red", "blue")
    assert taught.probabilities.argmax(1).tolist() == [0, 0, 1, 1]
    assert taught.probabilities.sum(1) == pytest.approx(1)
    assert taught.curve[-1].held_out == 1
    assert taught.curve[-1].loss < 0.4
    assert [point.step for point in taught.curve] == [0, 5, 10, 15, 20, 25, MOST_STEPS]
    assert tuple(points) == taught.curve
    new = clip(1, 99, 6, 28)
    assert answer(taught.model, new.frames).argmax() == 1


def test_the_answers_are_those_of_the_model_that_is_kept(backbone) -> None:
    """They come from kept tokens; here the whole network answers anew."""
    taught = teach(backbone, NAMES, colors(), most_seconds=PATIENT)
    asked = [one for one in colors() if one.held_out]
    again = np.stack([answer(taught.model, one.frames) for one in asked])
    np.testing.assert_allclose(taught.probabilities, again, atol=1e-4)


def test_only_the_last_two_blocks_norm_and_head_change(backbone) -> None:
    before = {name: weight.clone() for name, weight in backbone.state_dict().items()}
    taught = teach(backbone, NAMES, colors(), most_seconds=PATIENT).model.state_dict()
    assert all(torch.equal(weight, before[n]) for n, weight in backbone.state_dict().items())
    fixed = ("patch_embedding.", "temporal_embedding", "blocks.0.")
    for name, weight in taught.items():
        if name.startswith(fixed):
            assert torch.equal(weight, before[name]), name
    moved = [f"blocks.{b}.attentions.spatial.qkv.weight" for b in (1, 2)]
    assert all(not torch.equal(taught[name], before[name]) for name in moved)


@pytest.mark.slow
def test_held_out_clips_teach_nothing(backbone) -> None:
    """With their labels exchanged, every weight is the same, and every answer is wrong."""
    right = teach(backbone, NAMES, colors(), most_seconds=PATIENT)
    wrong = teach(backbone, NAMES, colors(flip_held_out=True), most_seconds=PATIENT)
    for name, weight in wrong.model.state_dict().items():
        torch.testing.assert_close(weight, right.model.state_dict()[name])
    assert (right.curve[-1].held_out, wrong.curve[-1].held_out) == (1, 0)


def test_a_slow_machine_takes_fewer_steps_and_a_rare_class_counts_the_same(backbone) -> None:
    rare = [one for n, one in enumerate(colors()) if n not in (3, 4)]
    taught = teach(backbone, NAMES, rare, most_seconds=0)
    assert taught.steps == taught.curve[-1].step == LEAST_STEPS
    assert taught.probabilities.argmax(1).tolist() == [0, 0, 1, 1]


def test_it_can_be_stopped_between_steps(backbone) -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 20:
            raise JobCancelled("enough")

    with pytest.raises(JobCancelled):
        teach(backbone, NAMES, colors(), should_stop=stop)
    assert calls == 21


def test_a_view_is_the_window_moved_and_lit_alike_in_all_frames() -> None:
    dice = torch.Generator().manual_seed(3)
    window = torch.zeros(5, 32, 48, 3, dtype=torch.uint8)
    window[:, 12:20, 20:28] = 200
    for _ in range(20):
        view = altered(window, dice)
        assert view.shape == window.shape
        assert torch.equal(view, view[:1].expand_as(view)), "a still picture stays still"
        bright = view[0].sum(-1)
        rows, columns = torch.where(bright > bright.mean() + bright.std())
        assert (len(rows), rows.max() - rows.min(), columns.max() - columns.min()) == (64, 7, 7)
        assert abs(int(rows.min()) - 12) <= 2
        assert abs(int(columns.min()) - 20) <= 3


def test_whole_clips_are_held_out_of_every_class() -> None:
    classes = [[f"{c}{n}" for n in range(count)] for c, count in (("a", 10), ("b", 3), ("c", 2))]
    aside = held_out(classes)
    assert [sum(one in aside for one in ids) for ids in classes] == [3, 1, 1]
    assert held_out([list(reversed(ids)) for ids in classes]) == aside
    assert any(held_out(classes, seed) != aside for seed in range(1, 5))
    with pytest.raises(ValueError, match="a clip to learn"):
        held_out([["a"]])


def test_the_head_is_a_linear_map_of_its_normalized_input() -> None:
    """GELU(x) - GELU(-x) = x, so two hidden units carry each class without a bend."""
    torch.manual_seed(2)
    model = VideoTransformer(CONFIG).eval()
    model = with_new_classes(model, ["a", "b", "c"])
    matrix, offset = torch.randn(3, CONFIG.dim), torch.randn(3)
    _set_linear(model, matrix, offset)
    means = 5 * torch.randn(11, CONFIG.dim)
    expected = model.head[0](means) @ matrix.T + offset
    torch.testing.assert_close(model.head(means), expected, rtol=1e-4, atol=1e-4)
    many = with_new_classes(model, [str(n) for n in range(7)])
    with pytest.raises(OptionError, match="6 classes at most, not 7"):
        _set_linear(many, torch.zeros(7, CONFIG.dim), torch.zeros(7))
