"""Data of the lesson on what linear attention pays: a row to compute by hand."""

from __future__ import annotations

import math
from typing import Final

from fixviz.course_pack.world import Made, World

HAND_ROW: Final = (1 / 2, 1 / 4, 1 / 8, 1 / 8)
"""Attention weights whose logarithms are multiples of ln 2."""


def make(world: World) -> Made:
    """Return the measures of `HAND_ROW`, and the patches of a frame of the measured clips.

    `world.hand.keys` is N and `.log_keys` ln N; `world.hand.entropy` (nats), `.support` (keys) and
    `.concentration` are its measures. Wrong ways lead to `.bits` (the entropy in bits), `.unweighted` (the
    sum of -ln A alone), `.normalized` (H / ln N) and `.over_count` (1 - H / N).
    """
    keys = len(HAND_ROW)
    entropy = -sum(share * math.log(share) for share in HAND_ROW)
    entry = world.entry("linear")
    config = world.model("linear").config
    rows, columns = (entry[side] // config.stride + 1 for side in ("height", "width"))
    return Made(
        numbers={
            "world.hand.keys": keys,
            "world.hand.log_keys": math.log(keys),
            "world.hand.entropy": entropy,
            "world.hand.support": math.exp(entropy),
            "world.hand.concentration": 1 - entropy / math.log(keys),
            "world.hand.bits": entropy / math.log(2),
            "world.hand.unweighted": -sum(math.log(share) for share in HAND_ROW),
            "world.hand.normalized": entropy / math.log(keys),
            "world.hand.over_count": 1 - entropy / keys,
            "world.price.patches": rows * columns,
        },
        data={"hand": {"row": list(HAND_ROW)}},
    )
