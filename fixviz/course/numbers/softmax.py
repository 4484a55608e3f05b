"""Numbers of the lesson on softmax attention."""

from __future__ import annotations

from math import ceil

from fixviz.reading.run import StoredRun


def numbers(run: StoredRun) -> dict[str, float]:
    """Return how many patches are painted, and how many scores the ways to attend take."""
    entry = run.model("softmax")
    patches = entry["grid"]["rows"] * entry["grid"]["columns"]
    frames = entry["windows"]["frames"]
    return {
        "run.paint": ceil(0.1 * patches),
        "run.scores.frame": patches**2,
        "run.scores.spatial": frames * patches**2,
        "run.scores.place": patches * frames**2,
        "run.scores.divided": frames * patches**2 + patches * frames**2,
        "run.scores.joint": (frames * patches) ** 2,
        "run.scores.saved": frames * patches / (frames + patches),
    }
