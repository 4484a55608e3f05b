"""What runs inside the process that checks somebody's checkpoint before it is used.

A process of its own, with a limit on its memory, that ends afterwards: a file may claim any size,
and a torch file is a pickle. It is only ever read with weights_only=True, which builds tensors and
plain values and runs no code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from fixviz.engine.fields import check_config, clean_title, read_fields
from fixviz.engine.process import TaskContext
from fixviz.engine.unpack import HandedIn, Parts, find_parts
from fixviz.errors import CheckpointError, ConfigError
from fixviz.model.config import ModelConfig
from fixviz.settings import Settings
from fixviz.store.files import storing

if TYPE_CHECKING:
    from fixviz.model.transformer import VideoTransformer

_LONGEST_NOTE = 300
_SPARE_BYTES = 2 * 2**30


@dataclass(frozen=True)
class CheckTask:
    """Work order of a checking process."""

    files: tuple[HandedIn, ...]
    work: str
    """A folder of its own for what is unpacked; it exists."""
    target: str
    """The checkpoint folder to write; it does not exist yet."""
    title: str
    """Its name for show; empty for the one that the checkpoint gives itself."""
    settings: Settings


@dataclass(frozen=True)
class Checked:
    """What the check has found out."""

    source: str
    """Name of the file that held the weights."""
    source_sha256: str
    kind: str
    """In words: what was handed in."""
    parameters: int
    seconds_per_window: float
    """Time of one forward pass over one window of T square frames, on this machine's processor."""


def check(task: CheckTask, context: TaskContext) -> Checked:
    """Check what was handed in and write it as a checkpoint folder.

    Raises CheckpointError that names the file, key or tensor; StorageError.
    """
    context.progress(0.02, "Unpacking")
    parts = unpack(task)
    context.progress(0.1, "Starting torch")
    import torch

    _limit_memory(4 * _most_bytes(task) + _SPARE_BYTES)
    torch.set_num_threads(1)
    return check_parts(parts, task, context)


def unpack(task: CheckTask) -> Parts:
    """The parts of what was handed in, without a look inside. Raises CheckpointError, StorageError."""
    with storing("the checkpoint", task.settings.home):
        return find_parts(task.files, Path(task.work), _most_bytes(task))


def check_parts(parts: Parts, task: CheckTask, context: TaskContext) -> Checked:
    """Look inside, try the network out, and write it. Raises CheckpointError, StorageError."""
    target = Path(task.target)
    with storing("the checkpoint", task.settings.home):
        if parts.official:
            model = _import_official(parts, target, task, context)
        else:
            model = _take_folder(parts, target, task, context)
        context.should_stop()
        context.progress(0.8, "Running it on a few frames")
        seconds = _try_out(model, parts.source)
        digest = _sha256(parts.weights)
    context.progress(1.0, "Checked")
    return Checked(
        source=parts.source,
        source_sha256=digest,
        kind="the authors' file" if parts.official else "a fixviz checkpoint",
        parameters=sum(p.numel() for p in model.parameters()),
        seconds_per_window=seconds,
    )


def _take_folder(
    parts: Parts, target: Path, task: CheckTask, context: TaskContext
) -> VideoTransformer:
    """Check a checkpoint's weights against its configuration, and write both."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from fixviz.model.checkpoints import load_model, load_weights
    from fixviz.model.transformer import VideoTransformer

    assert parts.config is not None
    context.progress(0.3, "Checking the configuration")
    original = parts.config.read_bytes()
    values = read_fields(parts.config)
    try:
        config = ModelConfig.from_dict(values["config"])
    except (ConfigError, TypeError) as error:
        raise CheckpointError(f"config.json: {error}") from None
    check_config(config, task.settings)
    context.progress(0.4, "Checking the weights")
    try:
        weights = load_file(parts.weights)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(
            f"'{parts.source}' cannot be read as safetensors ({error})."
        ) from None
    if "temporal_embedding" not in weights and any(n.startswith("base_model.") for n in weights):
        raise CheckpointError(
            f"'{parts.source}' has the authors' tensor names (base_model...); choose their .pth file."
        )
    with torch.device("meta"), warnings.catch_warnings():
        # Without memory of its own: the configuration may describe any size, the file cannot.
        warnings.simplefilter("ignore")
        load_weights(VideoTransformer(config), weights, f"'{parts.source}'")
    del weights
    context.should_stop()
    context.progress(0.6, "Loading")
    described = _described(values, task.title or values.get("title") or _stem(parts.source))
    target.mkdir(parents=True)
    if described == json.loads(original):
        (target / "config.json").write_bytes(original)
    else:
        (target / "config.json").write_text(json.dumps(described, indent=2) + "\n", "utf-8")
    shutil.copyfile(parts.weights, target / "model.safetensors")
    if parts.card is not None:
        shutil.copyfile(parts.card, target / "card.md")
    return load_model(target, "cpu")


def _import_official(
    parts: Parts, target: Path, task: CheckTask, context: TaskContext
) -> VideoTransformer:
    """Import one of the authors' files, and write it as a checkpoint of ours."""
    from fixviz.model.checkpoints import load_model, save_checkpoint
    from fixviz.model.official import import_official_checkpoint

    context.progress(0.3, "Reading the authors' file")
    values = read_fields(parts.config) if parts.config is not None else {}
    model = import_official_checkpoint(parts.weights, values.get("config"))
    check_config(model.config, task.settings)
    context.should_stop()
    title = clean_title(task.title or values.get("title") or _stem(parts.source))
    size = sum(p.numel() for p in model.parameters())
    source = {"file": parts.source, "sha256": _sha256(parts.weights)}
    card = (
        f"Imported from {source['file']} (SHA-256 {source['sha256']}), a checkpoint of the authors "
        f"of arXiv 2210.08164. {size:,} parameters.\n"
    )
    context.progress(0.6, "Writing the checkpoint")
    save_checkpoint(target, model, title=title, card=card, extra={"imported_from": source})
    return load_model(target, "cpu")


def _described(values: dict[str, Any], title: object) -> dict[str, Any]:
    described = {**values, "title": clean_title(title) or "Own checkpoint"}
    if "note" in values:
        described["note"] = clean_title(values["note"], _LONGEST_NOTE)
    return described


def _try_out(model: VideoTransformer, source: str) -> float:
    """Seconds of one window of noise; what comes out must be numbers."""
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
    """Let this process grow by so much from here on (on Linux); torch itself is loaded already."""
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stem(name: str) -> str:
    return Path(name).stem
