"""Clips that are drawn again are those that the models were measured on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from fixviz.data.classes import CLASSES
from fixviz.errors import OptionError
from fixviz.evaluation.accuracy import BATCH, unseen_clips
from fixviz.evaluation.held_out import BATCH as SHOWN_BATCH
from fixviz.evaluation.held_out import BatchTask, ClipSet, ClipTask, draw_clip, draw_strips
from fixviz.media.encode import decode_image
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.tasks.child import TaskContext
from fixviz.ui.benchmark.held_out import HeldOutClips

CLIPS = ClipSet("standard", 3, 5, 24, 40)


@pytest.fixture
def context() -> Iterator[TaskContext]:
    threads = torch.get_num_threads()
    yield TaskContext(0)
    torch.set_num_threads(threads)


def measured_on(count: int) -> list[np.ndarray]:
    """The clips that a model is measured on, RGB [T, H, W, 3]."""
    config = ModelConfig(
        **{"dim": 8, "depth": 1, "heads": 1, "frames": 5, "image_size": 24, "num_classes": 15},
        class_names=CLASSES,
    )
    batches = unseen_clips(VideoTransformer(config), "standard", count, 3, (24, 40))
    pixels = torch.cat([batch.pixels for batch in batches])
    return list((pixels * 255).round().byte().permute(0, 1, 3, 4, 2).numpy())


def test_a_clip_is_the_one_that_was_measured(context: TaskContext) -> None:
    assert SHOWN_BATCH == BATCH
    wanted = measured_on(2 * BATCH)
    for number in (0, 7, BATCH + 4):
        drawn = draw_clip(ClipTask(CLIPS, number), context)
        assert np.array_equal(drawn.frames, wanted[number])
        assert drawn.masks.shape == (5, 24, 40)
        assert set(np.unique(drawn.masks)) <= {0, 255}


def test_strips_have_the_frames_side_by_side(context: TaskContext) -> None:
    strips = draw_strips(BatchTask(CLIPS, 1), context)
    assert len(strips) == BATCH
    wanted = measured_on(2 * BATCH)[BATCH + 4]
    strip = decode_image(strips[4])
    assert strip.shape == (24, 5 * 40, 3)
    error = np.abs(strip.astype(float) - np.concatenate(list(wanted), 1))
    assert error.mean() < 12, "but for what compression costs"


@pytest.mark.parametrize(
    "wrong",
    [
        ClipSet("standard", 0, 3, 64, 64),
        ClipSet("standard", 0, 8, 8, 64),
        ClipSet("standard", 0, 8, 64, 5000),
        ClipSet("standard", 0, 64, 256, 256),
        ClipSet("standard", -1, 8, 64, 64),
    ],
)
def test_clips_too_large_for_a_page_are_refused(wrong: ClipSet) -> None:
    with pytest.raises(OptionError, match="cannot be shown on a page"):
        wrong.check()


@pytest.mark.slow
def test_a_process_draws_them_once_and_ends_when_nobody_wants_more() -> None:
    place = HeldOutClips(idle_s=0.3)
    try:
        numbers = [1, BATCH, 2]
        *first, found = place.strips(CLIPS, numbers)
        assert [len(part) for part in (*first, found)] == [2, 3] or len(found) == 3
        assert set(found) == set(numbers)
        deadline = time.monotonic() + 120
        while place.running and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not place.running
        *_, again = place.strips(CLIPS, [2, 1])
        assert again == {n: found[n] for n in (2, 1)}
        assert not place.running, "what is known needs no process"
        with pytest.raises(OptionError, match="no preset 'none'"):
            next(place.strips(ClipSet("none", 0, 5, 24, 40), [0]))
    finally:
        place.close()
