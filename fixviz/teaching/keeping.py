"""Keep models that were taught as own checkpoints, or pack them to take along."""

from __future__ import annotations

import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fixviz.model.config import checkpoint_sha256, read_config
from fixviz.own_models.registry import Origin, OwnModels, own_name
from fixviz.store.files import storing
from fixviz.teaching.outcome import Outcome, checkpoint_folder

KIND: Final = "models taught in the app"
_FILES: Final = ("config.json", "model.safetensors", "card.md")


def keep(
    folder: Path,
    outcome: Outcome,
    owner: str,
    models: OwnModels,
    seconds_per_window: Mapping[str, float],
    check_space: Callable[[int], None],
) -> list[str]:
    """Keep every model of an outcome as a checkpoint of `owner`; return their names.

    folder: where the training wrote. seconds_per_window: of a forward pass, by model. check_space: takes the
    bytes of those that are new, and raises where there is no room. Keeping the same models again gives the
    same names. Raises CheckpointError when the owner has too many for all of them, StorageError.
    """
    staged = []
    for one in outcome.models:
        staging = models.staging()
        with storing("the checkpoint", models.settings.home):
            _copy(checkpoint_folder(folder, one.name), staging, one.title)
        staged.append(staging)
    try:
        known = {model.name for model in models.list(owner)}
        new = {name: one for one in staged if (name := _name(owner, one)) not in known}
        if new:
            models.check_room(owner, len(new))
            check_space(sum(p.stat().st_size for one in new.values() for p in one.iterdir()))
        return [
            models.keep(
                staging,
                Origin(
                    owner=owner,
                    created=time.time(),
                    source=", ".join(outcome.class_names),
                    source_sha256=checkpoint_sha256(staging),
                    kind=KIND,
                    seconds_per_window=seconds_per_window[one.name],
                ),
            )
            for one, staging in zip(outcome.models, staged, strict=True)
        ]
    finally:
        for staging in staged:
            shutil.rmtree(staging, ignore_errors=True)


def packed(folder: Path, outcome: Outcome, model: str) -> bytes:
    """Return a taught model's checkpoint folder as a ZIP, which the page Models loads again."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _FILES:
            archive.write(checkpoint_folder(folder, model) / name, f"{model}-taught/{name}")
    return buffer.getvalue()


def _name(owner: str, staging: Path) -> str:
    return own_name(owner, read_config(staging).title, checkpoint_sha256(staging))


def _copy(source: Path, target: Path, title: str) -> None:
    for name in _FILES:
        shutil.copyfile(source / name, target / name)
    config = target / "config.json"
    values = json.loads(config.read_bytes())
    values["title"] = f"{title} (taught)"
    config.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
