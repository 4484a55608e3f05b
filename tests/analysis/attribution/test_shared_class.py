"""The class that all models explain, on manifests small enough for paper."""

from typing import Any

from fixviz.analysis.attribution.shared_class import frame_of_window, shared_class


def manifest(**changes: Any) -> dict[str, Any]:
    """5 frames in windows of 3; the second model does not know "up" and sees one window of 5."""
    return {
        "frames": {"index": [0, 2, 4, 6, 8]},
        "models": [
            {
                "classes": ["up", "left", "right"],
                "windows": {"start": [0, 1, 2], "frames": 3},
                "window_of_frame": [0, 0, 1, 2, 2],
                "probabilities": [[0.6, 0.3, 0.1], [0.1, 0.5, 0.4], [0.7, 0.2, 0.1]],
            },
            {
                "classes": ["left", "right"],
                "windows": {"start": [0], "frames": 5},
                "window_of_frame": [0] * 5,
                "probabilities": [[0.2, 0.8]],
            },
        ],
        **changes,
    }


def segment(name: str, first: int, last: int) -> dict[str, Any]:
    return {"class": name, "first_frame": first, "last_frame": last}


def test_without_truth_it_is_the_class_of_the_highest_mean_probability() -> None:
    """Frame 0: up 0.3, left 0.25, right 0.45. Frame 2: left 0.35, right 0.6."""
    found = shared_class(manifest(), 0)
    assert (found.name, found.true) == ("right", False)
    assert abs(found.probability - 0.45) < 1e-9
    assert abs(shared_class(manifest(), 2).probability - 0.6) < 1e-9
    # The clip: up (1.4 / 3) / 2, left (1 / 3 + 0.2) / 2, right (0.2 + 0.8) / 2.
    assert abs(shared_class(manifest(), None).probability - 0.5) < 1e-9


def test_with_truth_it_is_what_most_frames_of_the_windows_show() -> None:
    """Window of frames 0 to 2 (native 0, 2, 4) and window of all (0 to 8)."""
    truth = {"segments": [segment("up", 0, 3), segment("left", 4, 8)]}
    assert shared_class(manifest(truth=truth), 0).name == "up", "2 + 2 against 1 + 3: the first"
    assert shared_class(manifest(truth=truth), 4).name == "left"
    assert shared_class(manifest(truth=truth), None).name == "left"
    assert shared_class(manifest(truth=truth), None).true


def test_a_truth_that_no_model_knows_or_no_frame_shows_is_passed_over() -> None:
    for segments in ([segment("dance", 0, 8)], [segment("up", 20, 30)], []):
        found = shared_class(manifest(truth={"segments": segments}), 0)
        assert (found.name, found.true) == ("right", False)
    assert shared_class(manifest(truth=None), 0).name == "right"


def test_a_window_is_stood_for_by_one_of_its_frames() -> None:
    entry = manifest()["models"][0]
    assert [frame_of_window(entry, window) for window in range(3)] == [0, 2, 3]
    entry["window_of_frame"] = [0, 0, 0, 2, 2]
    assert frame_of_window(entry, 1) == 2
