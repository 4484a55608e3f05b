"""Which class a window shows, on clips small enough for paper."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.analysis.window_truth import frames_of_window, shown_class, window_classes


def manifest(*segments: tuple[str, int, int]) -> dict[str, Any]:
    """Frames 0 to 6 are the native frames 0, 3, ..., 18."""
    listed = [{"class": n, "first_frame": a, "last_frame": b} for n, a, b in segments]
    return {"frames": {"index": list(range(0, 21, 3))}, "truth": {"segments": listed}}


MODEL = {"windows": {"start": [0, 2, 3], "frames": 5}}


@pytest.mark.parametrize(
    ("segments", "shown"),
    [
        # Frames 0 to 2 and 3 to 6: of windows 0 to 4, 2 to 6 and 3 to 6.
        ((("up", 0, 8), ("left", 9, 18)), ["up", "left", "left"]),
        # Frames 1 to 2 and 3 to 4 are as long: the first counts, whichever is listed first in time.
        ((("up", 3, 6), ("left", 9, 12)), ["up", "left", "left"]),
        ((("left", 9, 12), ("up", 3, 6)), ["left", "left", "left"]),
        # One of 5 frames, two of 5 and two of 4 show a motion: two of four is half of the window.
        ((("up", 12, 15),), [None, None, "up"]),
        # Parts of one class add up.
        ((("up", 0, 2), ("left", 3, 6), ("up", 9, 12)), ["up", "up", "up"]),
        # Shown between two analyzed frames only.
        ((("up", 1, 2),), [None, None, None]),
        ((), [None, None, None]),
    ],
)
def test_it_is_what_most_frames_show_if_half_of_them_are_labeled(
    segments: tuple[tuple[str, int, int], ...], shown: list[str | None]
) -> None:
    assert window_classes(manifest(*segments), MODEL) == shown


def test_the_last_window_of_a_short_clip_ends_with_it() -> None:
    assert frames_of_window(manifest(), MODEL, 2) == range(3, 7)


def test_a_clip_without_truth_shows_nothing() -> None:
    run = manifest()
    for truth in ({}, {"truth": None}):
        assert window_classes({"frames": run["frames"], **truth}, MODEL) == [None] * 3


def test_only_known_classes_count_and_the_least_share_can_be_another() -> None:
    run = manifest(("dance", 0, 9), ("up", 12, 15))
    assert shown_class(run, range(7)) == "dance"
    assert shown_class(run, range(7), known={"up", "left"}) is None
    assert shown_class(run, range(7), known={"up", "left"}, least=0.0) == "up"
    assert shown_class(run, [], least=0.0) is None
