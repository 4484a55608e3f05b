"""Check a loaded checkpoint before it is used. This module runs in the checking process.

Each check has a process of its own, with a limit on its memory, because a file may claim any size.
A torch file is a pickle: it is only ever read with weights_only=True, which builds tensors and plain
values and runs no code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from fixviz.errors import CheckpointError, ConfigError
from fixviz.media.confine import confine
from fixviz.model.config import ModelConfig
from fixviz.model.config_fields import check_fields
from fixviz.own_models.config_file import (
    LONGEST_NOTE,
    check_config,
    clean_title,
    read_fields,
)
from fixviz.own_models.unpacking import HandedIn, Parts, find_parts, too_large
from fixviz.settings import Settings
from fixviz.store.files import storing
from fixviz.tasks.child import TaskContext

if TYPE_CHECKING:
    from fixviz.model.state_dicts import Contents
    from fixviz.model.transformer import VideoTransformer

_SPARE_BYTES = 2 * 2**30
_CHUNK = 1 << 20


@dataclass(frozen=True)
class CheckTask:
    """Say what a checking process has to check, and where it writes the result."""

    files: tuple[HandedIn, ...]
    work: str
    """Existing folder for the unpacked files of this check alone."""
    target: str
    """Checkpoint folder to write; it does not exist yet."""
    title: str
    """Title to show; empty for the title in the checkpoint itself."""
    settings: Settings


@dataclass(frozen=True)
class Checked:
    """Hold the result of a check."""

    source: str
    """Name of the file that held the weights."""
    source_sha256: str
    kind: str
    """Phrase that names the kind of file, such as "a fixviz checkpoint"."""
    parameters: int
    seconds_per_window: float
    """Time of one forward pass over one window of T square frames, on this machine's processor."""


def check(task: CheckTask, context: TaskContext) -> Checked:
    """Check the loaded files and write them as a checkpoint folder.

    Raises CheckpointError that names the file, key or tensor; StorageError.
    """
    context.progress(0.02, "Unpacking")
    _limit_memory(_SPARE_BYTES)
    parts = unpack(task)
    context.progress(0.1, "Starting torch")
    import torch

    _limit_memory(4 * _most_bytes(task) + _SPARE_BYTES)
    torch.set_num_threads(1)
    # Python tries the folder for temporary files by deleting one, which a confined process may not.
    tempfile.gettempdir()
    confine(None, writing=True)
    return check_parts(parts, task, context)


def unpack(task: CheckTask) -> Parts:
    """Find the parts among the loaded files by their names. Raises CheckpointError, StorageError."""
    with storing("the checkpoint", task.settings.home):
        return find_parts(task.files, Path(task.work), _most_bytes(task))


def check_parts(parts: Parts, task: CheckTask, context: TaskContext) -> Checked:
    """Read the parts, write the checkpoint, and run it once. Raises CheckpointError, StorageError."""
    with storing("the checkpoint", task.settings.home):
        values = read_fields(parts.config) if parts.config is not None else {}
        card = _read_card(parts.card) if parts.card is not None else None
        context.progress(0.2, "Reading the weights")
        contents = _read(parts)
        # Tensors that share their memory describe more than the file holds.
        if sum(t.numel() * t.element_size() for t in contents.tensors.values()) > _most_bytes(task):
            raise too_large(f"'{parts.source}', read as separate tensors,", _most_bytes(task))
        official = parts.torch and "temporal_embedding" not in contents.tensors
        take = _import_official if official else _take_folder
        model = take(contents, values, parts, task, context)
        if card is not None and not official:
            (Path(task.target) / "card.md").write_text(card, encoding="utf-8")
        del contents
        context.should_stop()
        context.progress(0.8, "Running it on a few frames")
        seconds = _try_out(model, parts.source)
        digest = _sha256(parts)
    context.progress(1.0, "Checked")
    return Checked(
        source=parts.source,
        source_sha256=digest,
        kind="the authors' file" if official else "a fixviz checkpoint",
        parameters=sum(p.numel() for p in model.parameters()),
        seconds_per_window=seconds,
    )


def _read_card(file: HandedIn) -> str:
    """Return the text of a model card. Raises CheckpointError when it is not UTF-8."""
    try:
        return Path(file.path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CheckpointError(
            f"{file.name} is not text in UTF-8; save it again as UTF-8, or leave it out."
        ) from None


def _read(parts: Parts) -> Contents:
    """Read the tensors of all files of weights."""
    from fixviz.model.state_dicts import WeightFile, read_weights

    return read_weights([WeightFile(file.name, Path(file.path)) for file in parts.weights])


def _take_folder(
    contents: Contents, values: dict[str, Any], parts: Parts, task: CheckTask, context: TaskContext
) -> VideoTransformer:
    """Check a checkpoint's weights against its configuration, and write both."""
    from safetensors.torch import save_file

    from fixviz.model.checkpoints import check_weights, load_model
    from fixviz.model.state_dicts import as_float32

    source = parts.weights[0].name
    if parts.config is None:
        raise CheckpointError(
            f"'{source}' comes without its configuration; choose config.json together with it."
        )
    context.progress(0.3, "Checking the configuration")
    try:
        config = ModelConfig.from_dict(values["config"])
        check_config(config, task.settings)
    except ConfigError as error:
        raise CheckpointError(f"{parts.config.name}: {error}") from None
    context.progress(0.4, "Checking the weights")
    weights = contents.tensors
    if "temporal_embedding" not in weights and any(n.startswith("base_model.") for n in weights):
        raise CheckpointError(
            f"'{source}' has the authors' tensor names (base_model...); choose their .pth file."
        )
    check_weights(config, weights, f"'{source}'")
    context.should_stop()
    context.progress(0.6, "Loading")
    described = _described(values, task.title or values.get("title") or _stem(parts.source))
    target = Path(task.target)
    target.mkdir(parents=True)
    original = Path(parts.config.path).read_bytes()
    if described == json.loads(original):
        (target / "config.json").write_bytes(original)
    else:
        (target / "config.json").write_text(json.dumps(described, indent=2) + "\n", "utf-8")
    if len(parts.weights) == 1 and not parts.torch:
        shutil.copyfile(parts.weights[0].path, target / "model.safetensors")
    else:
        # Tensors of a torch file may share memory, which safetensors refuses; copies do not.
        plain = {name: as_float32(tensor, name, source) for name, tensor in weights.items()}
        copies = {name: tensor.contiguous().clone() for name, tensor in plain.items()}
        save_file(copies, target / "model.safetensors")
    return load_model(target, "cpu")


def _import_official(
    contents: Contents, values: dict[str, Any], parts: Parts, task: CheckTask, context: TaskContext
) -> VideoTransformer:
    """Import one of the authors' files, and write it as a fixviz checkpoint."""
    from fixviz.model.checkpoints import load_model, save_checkpoint
    from fixviz.model.official import import_official_contents

    context.progress(0.3, "Importing the authors' file")
    given = values.get("config")
    if parts.config is not None:
        try:
            check_fields(values["config"])
        except ConfigError as error:
            raise CheckpointError(f"{parts.config.name}: {error}") from None
    model = import_official_contents(
        contents, parts.weights[0].name, given, lambda config: check_config(config, task.settings)
    )
    context.should_stop()
    title = clean_title(task.title or values.get("title") or _stem(parts.source))
    size = sum(p.numel() for p in model.parameters())
    source = {"file": parts.source, "sha256": _sha256(parts)}
    card = (
        f"Imported from {source['file']} (SHA-256 {source['sha256']}), a checkpoint of the authors "
        f"of arXiv 2210.08164. {size:,} parameters.\n"
    )
    context.progress(0.6, "Writing the checkpoint")
    target = Path(task.target)
    save_checkpoint(target, model, title=title, card=card, extra={"imported_from": source})
    return load_model(target, "cpu")


def _described(values: dict[str, Any], title: str) -> dict[str, Any]:
    described = {**values, "title": clean_title(title) or "Own checkpoint"}
    if "note" in values:
        described["note"] = clean_title(values["note"], LONGEST_NOTE)
    return described


def _try_out(model: VideoTransformer, source: str) -> float:
    """Run the network on one window of noise and return the seconds that it takes.

    Raises CheckpointError when the logits are not finite.
    """
    import torch

    from fixviz.model.transformer import normalize_pixels

    config = model.config
    side = config.image_size
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(
        0, 256, (1, config.frames, side, side, 3), generator=generator, dtype=torch.uint8
    )
    seconds = []
    with torch.inference_mode():
        for _ in range(2):
            started = time.perf_counter()
            logits = model(normalize_pixels(noise))
            seconds.append(time.perf_counter() - started)
            if not torch.isfinite(logits).all():
                raise CheckpointError(
                    f"'{source}' gives results that are not numbers; its weights are unusable."
                )
    return min(seconds)


def _limit_memory(more_bytes: int) -> None:
    """Limit how much more memory this process may take from now on (on Linux only)."""
    if sys.platform != "linux":
        return
    import resource

    limit = psutil.Process().memory_info().vms + more_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _most_bytes(task: CheckTask) -> int:
    return task.settings.max_checkpoint_mb * 10**6


def _sha256(parts: Parts) -> str:
    """Return the SHA-256 of the files of weights, one after the other."""
    digest = hashlib.sha256()
    for file in parts.weights:
        with Path(file.path).open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _stem(name: str) -> str:
    return Path(name).stem
