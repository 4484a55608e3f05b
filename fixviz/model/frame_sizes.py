"""At which frame sizes a model can be shown a clip. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

from fixviz.model.config import CheckpointInfo

_MOST_SIZES = 20
_LARGEST = 4096


def trained_sizes(info: CheckpointInfo) -> tuple[int, ...]:
    """Return the short sides in pixels, ascending, of the frames that a checkpoint was trained on.

    From the recipe that `fixviz train` writes into config.json; without one, the model's own size alone.
    A network takes frames of any size, but only of these it is known to have seen objects in them.
    """
    training = info.extra.get("training")
    recipe = training.get("recipe") if isinstance(training, dict) else None
    listed = recipe.get("sizes") if isinstance(recipe, dict) else None
    sizes = {info.config.image_size}
    # Somebody's own checkpoint may list anything there.
    for size in listed[:_MOST_SIZES] if isinstance(listed, list) else ():
        if isinstance(size, list) and len(size) == 2 and all(type(side) is int for side in size):
            sizes |= {min(size)} if 0 < min(size) <= _LARGEST else set()
    return tuple(sorted(sizes))


def common_sizes(infos: Sequence[CheckpointInfo]) -> tuple[int, ...]:
    """Return the sizes that all of the checkpoints were trained on, ascending."""
    sets = [set(trained_sizes(info)) for info in infos]
    return tuple(sorted(set.intersection(*sets))) if sets else ()
