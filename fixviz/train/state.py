"""Save and load a training run in one file, so that it can be resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from fixviz.errors import CheckpointError, StorageError
from fixviz.train.recipe import Recipe

_FILE = "state.pt"


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state; a crash while writing leaves the previous one. Raises StorageError."""
    temporary = folder / f"{_FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(state, temporary)
        temporary.replace(folder / _FILE)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(
            f"The training state could not be written to {folder} ({error})."
        ) from None


def is_saved(folder: Path) -> bool:
    """Tell whether there is a state to resume."""
    return (folder / _FILE).exists()


def load_state(folder: Path) -> dict[str, Any] | None:
    """Load the saved state to the CPU; None where there is none. Raises CheckpointError if damaged."""
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"The training state {path} is damaged ({error}).") from None
    return state


def check_same_run(state: dict[str, Any], recipe: Recipe, models: tuple[str, ...]) -> None:
    """Refuse to resume a state with another recipe or other models than it was made with.

    A recipe with more cycles may resume it: the steps so far would have been the same.
    """
    if state.get("kind") is not None:
        raise CheckpointError(
            "The state folder belongs to a training on clips of your own; give another folder, or start over"
            " with --restart."
        )
    saved = Recipe.from_dict(state["settings"])
    if (
        replace(saved, further_cycles=recipe.further_cycles) != recipe
        or tuple(state["models"]) != models
    ):
        raise CheckpointError(
            "The state folder belongs to a run with other settings or models; "
            "give another folder, or start over without resuming."
        )
