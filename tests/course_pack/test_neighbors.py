"""The data of the lesson on neighbors, against the results file and small cases with a known answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from fixviz.course import shipped
from fixviz.course.numbers.neighbors import numbers
from fixviz.course_pack import neighbors
from fixviz.course_pack.measured import CIRCLES
from fixviz.course_pack.pack import open_world
from fixviz.course_pack.world import World
from fixviz.data.classes import CLASSES
from fixviz.data.generate import generate


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(shipped.folder())


@pytest.fixture(scope="module")
def stored() -> dict[str, float]:
    return json.loads((shipped.folder() / "pack.json").read_text("utf-8"))["numbers"]


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return json.loads((shipped.folder() / "neighbors.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    labels = torch.tensor([CLASSES.index(name) for name in CIRCLES] * 2)
    return generate(4, 1, labels=labels).pixels


@pytest.mark.parametrize("name", neighbors.MODELS)
def test_the_tables_are_those_of_the_results_file(world: World, data, stored, name: str) -> None:
    table = data["tables"][name]
    entry = world.entry(name)
    clips = entry["clips"] / len(CLASSES)
    for row, motion in enumerate(CIRCLES):
        assert sum(table[row]) == clips
        assert table[row][row] / clips == pytest.approx(entry["class_accuracy"][motion], abs=1e-4)
    assert stored[f"world.circles.right.{name}"] == table[0][0] + table[1][1]


def test_the_lead_is_that_of_the_results_file(world: World, stored) -> None:
    fixed, plain = world.entry("fixation"), world.entry("linear")
    lead = (fixed["accuracy"] - plain["accuracy"]) * fixed["clips"]
    assert stored["world.lead.fixation"] == pytest.approx(lead, abs=0.2)
    circles = stored["world.circles.right.fixation"] - stored["world.circles.right.linear"]
    assert stored["world.circles.lead.share"] == pytest.approx(circles / lead, abs=0.01)


def test_the_shown_clips_are_the_first_of_each_direction() -> None:
    clockwise, counter = neighbors.directions()
    labels = torch.tensor([counter, clockwise, clockwise, counter, counter] + 4 * [clockwise])
    assert neighbors.shown(labels) == [1, 2, 5, 6, 0, 3, 4]


def test_off_means_the_neighbors_of_one_attention_alone(world: World, clips) -> None:
    model = world.model("fixation")
    own = neighbors.probabilities(model, clips)
    assert torch.allclose(own, neighbors.probabilities(model, clips, {}), atol=1e-5)
    grid = neighbors.without(model, "grid")
    frames = neighbors.without(model, "frames")
    assert {axis for _, axis in grid} == {"temporal"} and {axis for _, axis in frames} == {
        "spatial"
    }
    assert len(grid) == len(frames) == model.config.depth
    for change in (grid, frames):
        assert not torch.allclose(own, neighbors.probabilities(model, clips, change), atol=1e-3)
    # A model without neighbors has none to switch off.
    plain = world.model("linear")
    before, after = (neighbors.probabilities(plain, clips, change) for change in (None, grid))
    assert torch.allclose(before, after, atol=1e-6)


def test_an_answer_turns_where_it_becomes_the_other_direction(world: World, clips) -> None:
    model = world.model("fixation")
    both = torch.cat([clips, clips.flip(1)])
    forward, backward = (neighbors.probabilities(model, x) for x in (both, both.flip(1)))
    before, after = forward.argmax(-1), backward.argmax(-1)
    clockwise, counter = neighbors.directions()
    turned = ((before == clockwise) & (after == counter)) | (
        (before == counter) & (after == clockwise)
    )
    assert neighbors.turned(forward, backward) == int(turned.sum()) > 0
    # Frames that are all alike are the same backward.
    still = clips[:, :1].expand_as(clips)
    alike = (neighbors.probabilities(model, x) for x in (still, still.flip(1)))
    assert neighbors.turned(*alike) == 0


def test_channels_that_hear_another_frame() -> None:
    # 64 channels, an eighth from each of two frames, a sixteenth from each of eight patches.
    assert numbers(shipped.run()) == {
        "run.shift_div": 8,
        "run.fold.frames": 8,
        "run.heard.frames": 16,
        "run.heard.grid": 32,
    }
