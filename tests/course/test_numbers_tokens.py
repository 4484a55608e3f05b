"""Counts of the lessons on tokens and softmax attention, known on paper."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixviz.course.numbers import softmax, tokens
from fixviz.reading.run import StoredRun


def _run(
    *, height: int, width: int, patch: int, stride: int, window: int, frames: int
) -> StoredRun:
    """A run of one model, as far as the counts read it."""
    grid: dict[str, Any] = {
        "model_height": height,
        "model_width": width,
        "patch": patch,
        "stride": stride,
        "rows": height // stride + 1,
        "columns": width // stride + 1,
    }
    entry = {"name": "softmax", "grid": grid, "windows": {"start": [0], "frames": window}}
    run = SimpleNamespace(models=[entry], model=lambda name: entry, frames=frames)
    return cast(StoredRun, run)


RUN = _run(height=64, width=85, patch=12, stride=8, window=5, frames=13)


def test_tokens_and_the_numbers_that_mistakes_lead_to() -> None:
    assert tokens.numbers(RUN) == {
        "run.patches_without_border": 8 * 10,
        "run.patches_side_by_side": 5 * 7,
        "run.patch_pixels": 144,
        "run.patch_numbers": 432,
        "run.clip_tokens": 9 * 11 * 13,
        "run.place_row": 3,
        "run.place_column": 5,
        # With centers every 12 pixels.
        "run.wanted_patches": 6 * 8,
    }


def test_row_and_column_to_place_differ_so_that_their_order_can_be_wrong() -> None:
    # 4 rows and 3 columns: a third and a half of them are 1.
    found = tokens.numbers(_run(height=24, width=16, patch=12, stride=8, window=5, frames=13))
    assert (found["run.place_row"], found["run.place_column"]) == (1, 2)


def test_scores_of_the_ways_to_attend() -> None:
    found = softmax.numbers(RUN)
    assert found["run.paint"] == 10
    assert found["run.scores.frame"] == 99**2
    assert found["run.scores.spatial"] == 5 * 99**2
    assert found["run.scores.place"] == 99 * 5**2
    assert found["run.scores.divided"] == 5 * 99**2 + 99 * 5**2
    assert found["run.scores.joint"] == 495**2
    saved = found["run.scores.joint"] / found["run.scores.divided"]
    assert found["run.scores.saved"] == pytest.approx(saved)
