"""Numbers of the lesson on neighbors: how many channels of a key come from where."""

from __future__ import annotations

from fixviz.reading.run import StoredRun


def numbers(run: StoredRun) -> dict[str, float]:
    """Return how many channels of the fixation model's keys come from other frames and other patches.

    `run.fold.frames` is the share of one frame, `run.heard.frames` that of both, `run.heard.grid` that of
    all neighbors in the grid; `run.shift_div` is the part of all channels that one frame gives.
    """
    entry = run.model("fixation")
    heard = {
        axis: [direction["channels"] for direction in entry["neighbors"][axis]]
        for axis in ("spatial", "temporal")
    }
    return {
        "run.shift_div": entry["config"]["shift_div"],
        "run.fold.frames": heard["spatial"][0],
        "run.heard.frames": sum(heard["spatial"]),
        "run.heard.grid": sum(heard["temporal"]),
    }
