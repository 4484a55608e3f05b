"""Import of the authors' published checkpoints (arXiv 2210.08164).

A file is a torch-saved dict with `model_state`, and usually `cfg`: a full YAML dump of the training
configuration, from which the ModelConfig follows. What would load but compute something else is
refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from fixviz.errors import CheckpointError, ConfigError
from fixviz.model.checkpoints import load_weights
from fixviz.model.config import ModelConfig
from fixviz.model.state_dicts import Contents, WeightFile, read_weights
from fixviz.model.transformer import VideoTransformer

_NAMES = (
    (r"^temporal_embedding$", "base_model.temp_embed"),
    (r"^patch_embedding\.projection\.", "base_model.patch_embed.proj."),
    (r"^patch_embedding\.norm\.", "base_model.patch_embed.norm."),
    (r"^norm\.", "base_model.norm."),
    (r"^head\.", "consensus.mlp_head."),
    (r"^blocks\.", "base_model.blocks."),
    (r"\.attention_norms\.temporal\.", ".temporal_norm1."),
    (r"\.attention_norms\.(?:spatial|joint)\.", ".norm1."),
    (r"\.attentions\.temporal\.", ".temporal_attn."),
    (r"\.attentions\.(?:spatial|joint)\.", ".attn."),
    (r"attn\.projection\.", "attn.proj."),
    (r"\.fixation\.key_projection\.", ".k_gate."),
    (r"\.mlp_norm\.", ".norm2."),
    (r"\.mlp\.expand\.", ".mlp.fc1."),
    (r"\.mlp\.convolution\.", ".mlp.dwconv.dwconv."),
    (r"\.mlp\.contract\.", ".mlp.fc2."),
)
"""This network's tensor names, and what the authors call them."""
_STATED = ("attention", "heads", "stride", "spatial_shift", "temporal_shift")


def import_official_checkpoint(
    path: str | Path, config: ModelConfig | Mapping[str, Any] | None = None
) -> VideoTransformer:
    """Load one of the authors' files: a model in eval mode, from normalized [B, T, 3, H, W] to logits.

    config: wins over what the file says; a ModelConfig, or a dict with some of its field names.
    Raises CheckpointError when the file is damaged, says too little, contradicts its configuration,
    or needs something this network does not compute; the message names the key or tensor.
    """
    path = Path(path)
    return import_official_contents(read_weights([WeightFile(path.name, path)]), path.name, config)


def import_official_contents(
    contents: Contents, source: str, config: ModelConfig | Mapping[str, Any] | None = None
) -> VideoTransformer:
    """Load what has been read from one of the authors' files, as `import_official_checkpoint` does.

    source: name of the file, for error messages.
    """
    weights, recipe = contents.tensors, _recipe(contents.recipe, source)
    if not any(name.startswith(("base_model.", "consensus.")) for name in weights):
        raise CheckpointError(
            f"{source} has no tensors base_model...; it is not one of the authors' checkpoints."
        )
    if recipe is not None:
        _refuse_unsupported(recipe, source)
    has_base_head = any(name.startswith("base_model.head.") for name in weights)
    if has_base_head and not (recipe and recipe.number("MODEL.DROPOUT_RATE", default=0)):
        raise CheckpointError(
            f"{source} classifies with base_model.head (DROPOUT_RATE 0), not with "
            "consensus.mlp_head; such checkpoints are not supported."
        )
    weights = {
        name: tensor
        for name, tensor in weights.items()
        if not name.startswith(("new_fc.", "base_model.head."))
    }
    final = _configuration(source, weights, recipe, config)
    model = VideoTransformer(final)
    load_weights(model, weights, source, lambda name: _official_name(name, final))
    return model.eval()


class _Recipe:
    """The authors' configuration: a tree of sections, asked by dotted name."""

    def __init__(self, tree: Mapping[str, Any], source: str) -> None:
        self.tree, self.source = tree, source

    def find(self, key: str) -> list[Any]:
        """Return the values under the dotted name, or else under its last part in any section."""
        node: Any = self.tree
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                break
            node = node[part]
        else:
            return [node]
        last = key.rsplit(".", 1)[-1]

        def search(tree: Any) -> list[Any]:
            if not isinstance(tree, Mapping):
                return []
            own = [tree[last]] if last in tree else []
            return own + [hit for child in tree.values() for hit in search(child)]

        return search(self.tree)

    def get(self, key: str, default: Any = ...) -> Any:
        """Return the value of a key. Raises CheckpointError for a missing key without a default."""
        found = self.find(key)
        if found:
            return found[0]
        if default is ...:
            raise CheckpointError(
                f"The configuration in {self.source} lacks {key}; pass config= with the model's fields."
            )
        return default

    def number(self, key: str, default: Any = ...) -> Any:
        """Return a numeric value."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise CheckpointError(f"{key} in {self.source} is {value!r}, not a number.")
        return value


def _recipe(cfg: Any, source: str) -> _Recipe | None:
    if cfg is None:
        return None
    if isinstance(cfg, str):
        try:
            cfg = yaml.safe_load(cfg)
        except yaml.YAMLError:
            raise CheckpointError(f"cfg in {source} is not readable as YAML.") from None
    if not isinstance(cfg, Mapping):
        raise CheckpointError(f"cfg in {source} is not a configuration.")
    return _Recipe(cfg, source)


def _refuse_unsupported(recipe: _Recipe, source: str) -> None:
    """Refuse by name what would load but compute something else."""
    refused: dict[str, Callable[[Any], bool]] = {
        "LINEAR_TYPE": lambda v: str(v) not in ("relu", "softmax"),
        "USE_3D": lambda v: bool(v),
        "USE_MOTION": lambda v: bool(v),
        "SHIFT_SIZE": lambda v: v != 1,
        "NORM_LAYER": lambda v: str(v) not in ("LN", "ln"),
    }
    for key, wrong in refused.items():
        for value in recipe.find(key):
            if wrong(value):
                raise CheckpointError(
                    f"{source} was trained with {key}={value}, which is not supported."
                )


def _configuration(
    source: str,
    weights: Mapping[str, Tensor],
    recipe: _Recipe | None,
    given: ModelConfig | Mapping[str, Any] | None,
) -> ModelConfig:
    """Return the configuration: by the caller's fields, else by the file's, else by the tensors' shapes."""
    if isinstance(given, ModelConfig):
        return given
    values = _inferred(source, weights)
    if recipe is not None:
        values.update(_from_recipe(recipe, partial=given or {}))
    if given is not None:
        values.update(given)
    for key in _STATED:
        if key not in values:
            raise CheckpointError(
                f"{source} does not say {key}; pass config= with it (a ModelConfig or a dict)."
            )
    if values["temporal_shift"] and "shift_div" not in values:
        raise CheckpointError(f"{source} does not say shift_div; pass config= with it.")
    try:
        config = ModelConfig.from_dict(values)
    except ConfigError as error:
        raise CheckpointError(f"{source}: {error}") from None
    if recipe is not None:
        size = config.image_size // config.stride + 1
        for stated in recipe.find("SPATIAL_SIZE"):
            if stated != size * size:
                raise CheckpointError(
                    f"SPATIAL_SIZE={stated} in {source} is not the {size} x {size} grid of its frames, "
                    "which is not supported."
                )
    return config


def _inferred(source: str, weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the fields that follow from the shapes of the tensors."""

    def shape(name: str) -> tuple[int, ...]:
        if name not in weights:
            raise CheckpointError(f"{source} lacks the tensor {name}.")
        return tuple(weights[name].shape)

    def sizes(name: str, rank: int) -> tuple[int, ...]:
        found = shape(name)
        if len(found) != rank:
            raise CheckpointError(
                f"{source}: tensor {name} has {len(found)} dimensions instead of {rank}."
            )
        return found

    dim, _, patch, _ = sizes("base_model.patch_embed.proj.weight", 4)
    _, frames, _, _ = sizes("base_model.temp_embed", 4)
    hidden, _ = sizes("base_model.blocks.0.mlp.fc1.weight", 2)
    head_hidden, _ = sizes("consensus.mlp_head.1.weight", 2)
    num_classes, _ = sizes("consensus.mlp_head.4.weight", 2)
    blocks = {
        int(m[1]) for name in weights if (m := re.match(r"base_model\.blocks\.(\d+)\.", name))
    }
    gate = [n for n in weights if n.endswith((".pgate.weight", ".q_gate.weight"))]
    values: dict[str, Any] = {
        "dim": dim,
        "patch": patch,
        "frames": frames,
        "mlp_ratio": hidden // dim,
        "head_hidden": head_hidden,
        "num_classes": num_classes,
        "depth": max(blocks) + 1,
        "form": "divided" if any(".temporal_attn." in name for name in weights) else "joint",
        "fixation": "cooperative" if gate else "none",
        "shared_projection": any(".pgate." in name for name in gate),
    }
    if values["form"] == "joint":
        values.update(spatial_shift=False, temporal_shift=False)
    return values


def _from_recipe(recipe: _Recipe, partial: Mapping[str, Any]) -> dict[str, Any]:
    """Return ModelConfig fields from the authors' keys; fields in `partial` are not read."""
    values: dict[str, Any] = {}

    def put(field: str, key: str, read: Any = lambda v: v, default: Any = ...) -> None:
        if field not in partial:
            values[field] = read(recipe.get(key, default))

    sizes = {"dim", "heads", "depth", "patch", "stride"}
    if not sizes <= set(partial):
        base = str(recipe.get("XVIT.BASE_MODEL"))
        if not base.startswith("lvit_v2") and "768" not in base:
            raise CheckpointError(f"XVIT.BASE_MODEL={base} in {recipe.source} is not supported.")
        values.update(dim=768 if "768" in base else 512, heads=8, depth=12, patch=16, stride=14)
    put("frames", "DATA.NUM_FRAMES")
    put("num_classes", "MODEL.NUM_CLASSES")
    put("head_hidden", "TEMPORAL_HEAD.MLP_DIM")
    put("attention", "LINEAR_TYPE", lambda v: "linear" if v == "relu" else "softmax")
    put("fixation", "USE_CGATE", lambda v: "cooperative" if v else "none")
    if values.get("fixation", partial.get("fixation")) == "cooperative":
        put("shared_projection", "SHARE_GATE", bool, default=True)
    else:
        values["shared_projection"] = False
    forms = {"divided_time_space": "divided", "full_time_space": "joint"}
    form = str(recipe.get("ATTENTION_TYPE"))
    if form not in forms:
        raise CheckpointError(f"ATTENTION_TYPE={form} in {recipe.source} is not supported.")
    put("form", "ATTENTION_TYPE", lambda v: forms[str(v)])
    put("temporal_shift", "XVIT.USE_XVIT", bool)
    put("spatial_shift", "XVIT.USE_SpatialShift", bool)
    put("image_size", "DATA.TRAIN_CROP_SIZE", int, default=224)
    merged = {**values, **partial}
    if merged["form"] == "joint" and (merged["temporal_shift"] or merged["spatial_shift"]):
        raise CheckpointError(
            f"{recipe.source} combines ATTENTION_TYPE full_time_space with a shift, which is not supported."
        )
    if merged["temporal_shift"]:
        put("shift_div", "XVIT.SHIFT_DIV")
        put("shift_segment", "XVIT.NUM_SEGMENTS")
        segment = {**values, **partial}["shift_segment"]
        if segment is not None and merged["frames"] % segment:
            raise CheckpointError(
                f"DATA.NUM_FRAMES={merged['frames']} in {recipe.source} is not a multiple of "
                f"XVIT.NUM_SEGMENTS={segment}."
            )
    if merged["temporal_shift"] or merged["spatial_shift"]:
        put("shift_blocks", "XVIT.LOCATIONS_LIST", tuple)
    rate = recipe.find("DATA.SAMPLING_RATE"), recipe.find("DATA.TARGET_FPS")
    if "frame_rate" not in partial and rate[0] and rate[1]:
        values["frame_rate"] = float(rate[1][0]) / float(rate[0][0])
    return values


def _official_name(name: str, config: ModelConfig) -> str:
    """Return the authors' name of this network's tensor."""
    for pattern, replacement in _NAMES:
        name = re.sub(pattern, replacement, name)
    gate = "pgate" if config.shared_projection else "q_gate"
    return name.replace(".fixation.query_projection.", f".{gate}.")
