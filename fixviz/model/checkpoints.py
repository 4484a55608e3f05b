"""Checkpoint folders: model.safetensors (or what `weight_files` finds), config.json and card.md."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save

from fixviz.errors import CheckpointError, NoSuchDevice, StorageError
from fixviz.model.config import ModelConfig, read_config, resolve_checkpoint
from fixviz.model.quoting import shortened
from fixviz.model.state_dicts import WeightFile, as_float32, read_weights
from fixviz.model.transformer import VideoTransformer
from fixviz.model.weight_files import weight_files


def choose_device(device: str = "auto") -> torch.device:
    """Return the device to run on; "auto" takes a GPU if there is one.

    Raises NoSuchDevice for one that torch does not know or that this machine lacks.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError):
        raise NoSuchDevice(
            f"Device {device!r} cannot be used on this machine; use auto, cpu, or cuda where there is a GPU."
        ) from None
    return chosen


def save_checkpoint(
    folder: Path,
    model: VideoTransformer,
    *,
    title: str,
    card: str,
    extra: dict[str, Any] | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write weights (as `dtype`), configuration and card into `folder`.

    extra: further entries of config.json, plain JSON. Raises StorageError when writing fails.
    """
    weights = {k: v.detach().to("cpu", dtype).contiguous() for k, v in model.state_dict().items()}
    description = {"title": title, "config": model.config.to_dict(), **(extra or {})}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(save(weights))
        (folder / "config.json").write_text(
            json.dumps(description, indent=2) + "\n", encoding="utf-8"
        )
        (folder / "card.md").write_text(card, encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise StorageError(f"The checkpoint could not be written to {folder} ({error}).") from None


def load_model(name_or_folder: str | Path, device: str = "auto") -> VideoTransformer:
    """Load a model in eval mode, float32, by a shipped checkpoint's name or a checkpoint folder.

    The weights may lie in shards or in a torch file, and have the names of a wrapped network.
    Raises UnknownModel, or CheckpointError when the files are damaged or do not fit each other.
    """
    folder = resolve_checkpoint(name_or_folder)
    info = read_config(folder)
    files = [WeightFile(f"{folder.name}/{path.name}", path) for path in weight_files(folder)]
    model = VideoTransformer(info.config)
    load_weights(model, read_weights(files).tensors, files[0].name)
    return model.to(choose_device(device)).eval()


def check_weights(
    config: ModelConfig,
    weights: Mapping[str, torch.Tensor],
    source: str,
    name_of: Callable[[str], str] = lambda name: name,
) -> None:
    """Raise CheckpointError as `load_weights` does, before a network of `config` takes any memory."""
    with torch.device("meta"), warnings.catch_warnings():
        # On the meta device, which takes no memory: the configuration may describe any size.
        warnings.simplefilter("ignore")
        try:
            model = VideoTransformer(config)
        except RuntimeError:  # More numbers than torch can count.
            raise CheckpointError(
                f"The configuration of {source} describes tensors larger than any machine can hold."
            ) from None
        load_weights(model, weights, source, name_of)


def load_weights(
    model: VideoTransformer,
    weights: Mapping[str, torch.Tensor],
    source: str,
    name_of: Callable[[str], str] = lambda name: name,
) -> None:
    """Copy `weights` into `model` as float32; names and shapes must be exactly the model's.

    name_of: what `source` calls a tensor of the model. Raises CheckpointError that names the first
    tensor that is missing, unknown, misshapen, not finite or of a number format without a way to
    float32, as `source` calls it.
    """
    chosen = {}
    for name, tensor in model.state_dict().items():
        theirs = name_of(name)
        if theirs not in weights:
            raise CheckpointError(
                f"{source} lacks the tensor {shortened(theirs)}, which the configuration needs."
            )
        if weights[theirs].shape != tensor.shape:
            raise CheckpointError(
                f"{source}: tensor {theirs} has shape {list(weights[theirs].shape)}, "
                f"but the configuration needs {list(tensor.shape)}."
            )
        chosen[name] = as_float32(weights[theirs], theirs, source)
    unknown = sorted(set(weights) - {name_of(name) for name in chosen})
    if unknown:
        raise CheckpointError(
            f"{source} holds the tensor {shortened(unknown[0])}, for which the configuration has no place."
        )
    model.load_state_dict(chosen)
