"""Measure several checkpoints and return entries of the results file."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import torch

from fixviz.evaluation.accuracy import frame_size
from fixviz.evaluation.measure import measure
from fixviz.evaluation.results import Entry
from fixviz.model.checkpoints import load_model
from fixviz.model.config import (
    CheckpointInfo,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)
from fixviz.version import __version__


def measure_checkpoints(
    models: Sequence[str],
    presets: Sequence[str] = ("standard",),
    clips: int = 600,
    seed: int = 0,
    resolutions: Sequence[int | tuple[int, int] | None] = (None,),
    device: str = "auto",
    *,
    attention_clips: int | None = None,
    known: Sequence[Entry] = (),
    report: Callable[[str], None] = lambda line: None,
) -> list[Entry]:
    """Return one entry for each preset, frame size and model, in this order.

    models: names of shipped checkpoints or folders. All are loaded before the first is measured, so
    that a wrong name costs no time. known: entries whose cost is taken over for the same weights and frame
    size, since a busy machine would measure it too high. Raises as `load_model` and `measure` do.
    """
    infos = [read_config(resolve_checkpoint(name)) for name in models]
    loaded = [load_model(info.folder, device) for info in infos]
    costs = {
        tuple(e[name] for name in ("sha256", "preset", "height", "width")): e["cost"] for e in known
    }
    entries = []
    for preset in presets:
        for resolution in resolutions:
            for info, model in zip(infos, loaded, strict=True):
                what = f"{info.name}, {preset}"

                def step(done: int, what: str = what) -> None:
                    report(f"{what}: {done} of {clips} clips")

                about = describe(info)
                asked = (about["sha256"], preset, *frame_size(model, resolution))
                measured = measure(
                    *(model, preset, clips, seed, resolution),
                    attention_clips=attention_clips,
                    known_cost=costs.get(asked),
                    step=step,
                )
                entries.append(about | measured | circumstances())
    return entries


def describe(info: CheckpointInfo) -> Entry:
    """Return what an entry says about its checkpoint."""
    training = info.extra.get("training", {})
    recipe = training.get("recipe", {})
    config = info.config
    return {
        "checkpoint": info.name,
        "title": info.title,
        "sha256": checkpoint_sha256(info.folder),
        "attention": config.attention,
        "fixation": config.fixation,
        "shared_projection": config.shared_projection,
        "neighbors": config.spatial_shift or config.temporal_shift,
        "image_size": config.image_size,
        "training": {
            "recipe": recipe.get("name"),
            "seed": recipe.get("seed"),
            "steps": training.get("steps_done"),
            "steps_to_80": training.get("steps_to_80"),
        },
    }


def circumstances() -> Entry:
    """Return the date and the versions with which an entry is measured."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {"date": today, "fixviz": __version__, "torch": torch.__version__}
