"""The tensors in files of weights, with the names and in the number format that this network has.

For every way in: checkpoint folders, single files, shards, files of the authors. torch's files are
pickles; they are only ever read with weights_only=True, which builds tensors and plain values.
"""

from __future__ import annotations

import argparse
import datetime
import pathlib
import re
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from fixviz.errors import CheckpointError
from fixviz.model.quoting import shortened
from fixviz.model.weight_files import is_torch

WRAPPERS = {
    "_orig_mod": "torch.compile",
    "module": "DistributedDataParallel, DataParallel, AveragedModel",
    "_fsdp_wrapped_module": "FullyShardedDataParallel",
    "_checkpoint_wrapped_module": "activation checkpointing",
}
"""Parts that wrappers put into tensor names, anywhere and in any mix, and who does."""
_STATE_KEYS = ("model_state", "state_dict", "model_state_dict", "model")
"""Where training code keeps the tensors; the authors' comes first."""
_ANCHORS = ("temporal_embedding", "base_model.temp_embed")
"""A tensor that every network has: its name here, and its name in the authors' code."""
_MOST_NAMED = 3
_COUNTERS = ("n_averaged",)
"""What torch.optim.swa_utils.AveragedModel adds: how many it averaged, no part of the network."""


class Contents(NamedTuple):
    """What the files of a checkpoint hold."""

    tensors: dict[str, Tensor]
    """Names without those of wrappers around the network."""
    recipe: Any = None
    """What a torch file has under `cfg`: the authors' configuration, usually as YAML."""


class WeightFile(NamedTuple):
    """A file of weights: its name for messages, and where it lies."""

    name: str
    path: Path


def read_weights(files: Sequence[WeightFile]) -> Contents:
    """Return the tensors of all `files`, which hold one network.

    Raises CheckpointError that names the file when one is damaged, holds more than tensors and
    plain values, or when a tensor is there twice.
    """
    tensors: dict[str, Tensor] = {}
    recipe = None
    for file in files:
        if is_torch(file.name):
            state, recipe = _read_torch(file)
        else:
            state = _read_safetensors(file)
        for name, tensor in _unwrapped(state, file.name).items():
            if name in tensors:
                raise CheckpointError(
                    f"{file.name} holds the tensor {shortened(name)}, as another shard does."
                )
            tensors[name] = tensor
    return Contents(_without_prefix(tensors, files[0].name), recipe)


def as_float32(tensor: Tensor, name: str, source: str) -> Tensor:
    """Return a dense float32 copy of a tensor, or itself where it is that already.

    Raises CheckpointError for what is no floating-point tensor (whole numbers are weights only
    together with scales that this network does not have), and for values that are not finite.
    """
    kind, name = str(tensor.dtype).removeprefix("torch."), shortened(name)
    if tensor.is_meta:
        raise CheckpointError(f"{source}: tensor {name} has a shape but no values (device meta).")
    if tensor.is_quantized or not tensor.is_floating_point():
        raise CheckpointError(
            f"{source}: tensor {name} holds {kind} values; save the weights as floating-point "
            "numbers, before any quantization."
        )
    try:
        dense = tensor if tensor.layout is torch.strided else tensor.to_dense()
        converted = dense.to(torch.float32)
    except (RuntimeError, NotImplementedError):
        raise CheckpointError(
            f"{source}: tensor {name} holds {kind} values, which torch cannot convert to float32."
        ) from None
    if not torch.isfinite(converted).all():
        raise CheckpointError(f"{source}: tensor {name} holds values that are not finite.")
    return converted


def _unwrapped(state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Remove from the tensors' names the parts that wrappers added."""
    plain: dict[str, Tensor] = {}
    before: dict[str, str] = {}
    for name, tensor in state.items():
        short = ".".join(part for part in name.split(".") if part not in WRAPPERS)
        if short in plain:
            raise CheckpointError(
                f"{source} holds {shortened(short)} twice, as {shortened(before[short])} and as "
                f"{shortened(name)}; save one network."
            )
        plain[short], before[short] = tensor, name
    return plain


def _without_prefix(tensors: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """Remove the prefix that all tensors share, such as Lightning's `model.`."""
    tensors = {name: tensor for name, tensor in tensors.items() if name not in _COUNTERS}
    if any(anchor in tensors for anchor in _ANCHORS):
        return tensors
    prefixes = {
        name.removesuffix(anchor)
        for name in tensors
        for anchor in _ANCHORS
        if name.endswith(f".{anchor}")
    }
    if len(prefixes) > 1:
        named = ", ".join(map(shortened, sorted(prefixes)[:_MOST_NAMED]))
        raise CheckpointError(
            f"{source} holds {len(prefixes)} networks ({named}); save one of them."
        )
    prefix = prefixes.pop() if prefixes else ""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


def _read_safetensors(file: WeightFile) -> dict[str, Tensor]:
    try:
        return load_file(file.path)
    except (OSError, SafetensorError, ValueError, KeyError, AttributeError, MemoryError):
        raise CheckpointError(
            _pointer(file)
            or f"{file.name} cannot be read as safetensors: it is damaged, cut off, or something else; "
            "copy it again."
        ) from None


def _read_torch(file: WeightFile) -> tuple[dict[str, Tensor], Any]:
    harmless = torch.serialization.safe_globals(_harmless())
    try:
        with harmless:
            content = torch.load(file.path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {file.path}.") from None
    except IsADirectoryError:
        raise CheckpointError(
            f"{file.path} is a folder; name the checkpoint file itself."
        ) from None
    except Exception as error:
        # A damaged pickle may raise nearly anything.
        raise CheckpointError(_pointer(file) or _why_not(file.name, str(error))) from None
    return _state_dict(content, file.name), content.get("cfg")


def _state_dict(content: Any, source: str) -> dict[str, Tensor]:
    """Find the tensors in what torch.load returned: under one of the usual keys, or at the top."""
    found: Any = None
    if isinstance(content, Mapping):
        kept = (content[key] for key in _STATE_KEYS if key in content)
        found = next((value for value in kept if isinstance(value, Mapping)), None)
        if found is None and any(isinstance(v, Tensor | np.ndarray) for v in content.values()):
            found = content
    if found is None:
        raise CheckpointError(
            f"{source} has no state dict (none under {', '.join(_STATE_KEYS)}, and it is none itself)."
        )
    tensors = {}
    for name, value in found.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            value = torch.from_numpy(np.ascontiguousarray(value, value.dtype.newbyteorder("=")))
        if not isinstance(value, Tensor):
            raise CheckpointError(
                f"{source}: {shortened(str(name))} in its state dict is not a tensor."
            )
        tensors[str(name)] = value.detach()
    return tensors


def _why_not(source: str, error: str) -> str:
    """Return one sentence for torch.load's long message."""
    if match := re.search(r"Unsupported (?:global: GLOBAL|class) ([\w.]+)(?=\s)", error):
        return (
            f"{source} holds a {match[1]}; only tensors and plain values are read, because anything "
            "else could run code: save model.state_dict() alone."
        )
    if "TorchScript" in error:
        return f"{source} is a TorchScript program; save model.state_dict() instead."
    return f"{source} is not a torch checkpoint, is damaged, or holds more than tensors and plain values."


def _pointer(file: WeightFile) -> str | None:
    """Return what to do about a file that Git LFS left in place of the real one."""
    try:
        with file.path.open("rb") as opened:
            start = opened.read(40)
    except OSError:
        return None
    if not start.startswith(b"version https://git-lfs"):
        return None
    return f"{file.name} is a pointer of Git LFS, not the weights; fetch them with git lfs pull."


def _harmless() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """Return types of plain values that training code saves beside weights; making one runs no code.

    numpy 1 and 2 call two functions by different modules. A path of the other system is read as
    what it is on paper.
    """
    named = [np.dtype, np.ndarray, np.bool_, np.str_, np.bytes_, np.datetime64, np.timedelta64]
    kinds = [*named, *(np.dtype(code).type for code in "bBhHiIlLqQefdgFD")]
    dtypes = [kind for name, kind in vars(np.dtypes).items() if name.endswith("DType")]
    functions = [
        (value.__reduce__()[0], f"numpy.{core}.multiarray.{name}")
        for core in ("core", "_core")
        for name, value in (("scalar", np.float64()), ("_reconstruct", np.zeros(0)))
    ]
    values = [
        *(argparse.Namespace, types.SimpleNamespace, frozenset, range, slice),
        *(datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone),
    ]
    paths = [
        (pure, f"pathlib{module}.{name}")
        for module in ("", "._local")
        for pure, names in (
            (pathlib.PurePosixPath, ("PosixPath", "PurePosixPath")),
            (pathlib.PureWindowsPath, ("WindowsPath", "PureWindowsPath")),
        )
        for name in names
    ]
    return [*dict.fromkeys(kinds), *dtypes, *functions, *values, *paths]
