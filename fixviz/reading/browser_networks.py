"""What a browser needs to run the networks of a stored run itself, where there is no server. Needs no torch.

A network of the shipped size has 250 thousand weights: half a megabyte, where the features of its
attentions for 80 frames would take 30. So the weights go into the run, and the browser computes the
features (fixviz/browser/network).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from fixviz.analysis.layer_description import layer_description
from fixviz.analysis.windows import Windows
from fixviz.errors import CheckpointError, FixvizError, UnknownModel
from fixviz.model.config import ModelConfig, checkpoint_sha256, resolve_checkpoint
from fixviz.model.weight_files import weight_files
from fixviz.own_models.registry import OwnModels, own_folder
from fixviz.settings import Settings
from fixviz.store.codec import encode_array

MOST_WEIGHTS: Final = 2_000_000
"""Weights of a network that a browser is given: 4 to 8 MB."""
MOST_MULTIPLICATIONS: Final = 3 * 10**9
"""Multiplications in one window that a browser is asked for: about a second of work."""
_LOST: Final = "so its dial, its answers to a click on a patch and its rollout are left out"

FolderOf = Callable[[str], Path]
"""Returns the folder of a checkpoint by its name. Raises UnknownModel, or CheckpointError with a reason."""


@dataclass(frozen=True)
class BrowserRun:
    """A run that needs no server: its manifest, and the artifacts that its store does not hold."""

    manifest: dict[str, Any]
    artifacts: dict[str, bytes]
    """By SHA-256."""

    @property
    def left_out(self) -> list[str]:
        """Why some models are not computed in the browser: sentences, one a model."""
        missing = ((model, model.get("network_missing")) for model in self.manifest["models"])
        return [f"{model['title']}: {why}" for model, why in missing if why]


def folders(settings: Settings, owner: str | None = None) -> FolderOf:
    """Return where shipped and own checkpoints lie.

    owner: somebody whom the app shows the run; the weights of other people's checkpoints are not
    given away. None: whoever runs fixviz on this machine, who has the files anyway.
    """

    def folder_of(name: str) -> Path:
        own = own_folder(settings, name)
        if own is None:
            return resolve_checkpoint(name)
        if owner is None:
            return own
        try:
            return OwnModels(settings).get(name, owner).info.folder
        except UnknownModel:
            raise CheckpointError("Only its owner may pass on this model's weights") from None

    return folder_of


def for_browser(manifest: Mapping[str, Any], folder_of: FolderOf) -> BrowserRun:
    """Return a run's manifest (fixviz.reading.player_manifest) with all that its networks need.

    "derived" tells the player that the browser computes features and rollouts. Each model gets a
    `network`, or the sentence `network_missing`, which says why not.
    """
    found = copy.deepcopy(dict(manifest))
    found["derived"] = "browser"
    artifacts: dict[str, bytes] = {}
    for entry in found["models"]:
        try:
            config = _config(found, entry)
            tensors = _tensors(entry, folder_of)
        except _LeftOutError as reason:
            entry["network_missing"] = f"{reason}, {_LOST}."
            continue
        reference, data = _artifact(tensors)
        artifacts[reference["sha"]] = data
        entry["network"] = {
            "weights": reference,
            "tensors": [[name, list(values.shape)] for name, values in tensors.items()],
            "layers": _layers(config, entry, len(found["frames"]["index"])),
        }
    return BrowserRun(found, artifacts)


class _LeftOutError(Exception):
    """Why a network is left out: the first half of a sentence."""


def _config(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> ModelConfig:
    try:
        config = ModelConfig.from_dict(entry["config"])
    except (KeyError, FixvizError):
        raise _LeftOutError("An earlier version made this run") from None
    if f"pixels/{config.image_size}" not in manifest["arrays"]:
        raise _LeftOutError("An earlier version made this run without the pixels it read")
    tokens = config.frames * entry["grid"]["rows"] * entry["grid"]["columns"]
    if multiplications(config, tokens) > MOST_MULTIPLICATIONS:
        raise _LeftOutError("This model is too large to run in a browser")
    return config


def multiplications(config: ModelConfig, tokens: int) -> int:
    """Return how many multiplications one window of so many tokens takes, about."""
    per_token = len(config.axes) * 4 * config.dim**2 + 2 * config.mlp_ratio * config.dim**2
    reach = {
        "temporal": config.frames,
        "spatial": tokens // config.frames,
        "joint": tokens,
    }
    pairs = sum(2 * config.dim * reach[axis] for axis in config.axes)
    return tokens * (config.depth * (per_token + pairs) + 3 * config.patch**2 * config.dim)


def _tensors(entry: Mapping[str, Any], folder_of: FolderOf) -> dict[str, NDArray[Any]]:
    """Return the network's tensors by the names that this version gives them."""
    try:
        folder = folder_of(entry["name"])
        files = weight_files(folder)
        if sum(path.stat().st_size for path in files) > 4 * MOST_WEIGHTS:
            raise _LeftOutError("This model has too many weights for a browser")
        if checkpoint_sha256(folder) != entry["checkpoint_sha256"]:
            raise UnknownModel("another checkpoint")
        tensors = _read(folder, files)
    except UnknownModel:
        raise _LeftOutError("The checkpoint of this model is not at hand any more") from None
    except CheckpointError as error:
        raise _LeftOutError(str(error).rstrip(".")) from None
    except OSError:
        raise _LeftOutError("The checkpoint of this model cannot be read") from None
    if sum(values.size for values in tensors.values()) > MOST_WEIGHTS:
        raise _LeftOutError("This model has too many weights for a browser")
    return tensors


def _read(folder: Path, files: tuple[Path, ...]) -> dict[str, NDArray[Any]]:
    if len(files) == 1 and files[0].suffix == ".safetensors":
        try:
            tensors = load_file(files[0])
        except (SafetensorError, TypeError, KeyError):
            tensors = {}
        parts = {part for name in tensors for part in name.split(".")}
        if tensors and not any(part == "module" or part.startswith("_") for part in parts):
            return dict(sorted(tensors.items()))
    # Shards, torch's files, formats without a type in numpy, and names of wrapped networks.
    from fixviz.model.checkpoints import load_model

    state = load_model(folder, "cpu").state_dict()
    return {name: values.numpy() for name, values in sorted(state.items())}


def _artifact(tensors: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Any], bytes]:
    """Return reference and bytes of all tensors in a row, as float16 where that changes no number."""
    values = np.concatenate([np.asarray(t, np.float32).ravel() for t in tensors.values()])
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if np.array_equal(half.astype(np.float32), values):
        values = half
    data = encode_array(values)
    sha = hashlib.sha256(data).hexdigest()
    shape = [values.size]
    return {"sha": sha, "dtype": values.dtype.name, "shape": shape, "bytes": len(data)}, data


def _layers(config: ModelConfig, entry: Mapping[str, Any], frames: int) -> dict[str, Any]:
    windows = Windows(frames, config.frames)
    rows, columns = entry["grid"]["rows"], entry["grid"]["columns"]
    return {
        f"{axis}/{layer}": layer_description(config, axis, layer, windows, rows, columns)
        for layer in range(config.depth)
        for axis in config.axes
    }
