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

from torch import Tensor

from fixviz.errors import CheckpointError, ConfigError
from fixviz.model.checkpoints import check_weights, load_weights
from fixviz.model.config import ModelConfig
from fixviz.model.config_fields import check_fields
from fixviz.model.plain_text import check_tree, read_yaml
from fixviz.model.quoting import quoted, shortened
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
_LARGEST = 10**15
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
    contents: Contents,
    source: str,
    config: ModelConfig | Mapping[str, Any] | None = None,
    check: Callable[[ModelConfig], None] = lambda config: None,
) -> VideoTransformer:
    """Load what has been read from one of the authors' files, as `import_official_checkpoint` does.

    source: name of the file, for error messages. check: called with the configuration before a network of
    that size is built; a ConfigError that it raises is told in the file's terms.
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
    final = _configuration(source, weights, recipe, config, check)

    def theirs(name: str) -> str:
        return _official_name(name, final)

    check_weights(final, weights, source, theirs)
    model = VideoTransformer(final)
    load_weights(model, weights, source, theirs)
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

    def number(self, key: str, default: Any = ...) -> float:
        """Return a finite numeric value that is not negative."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CheckpointError(f"{key} in {self.source} is {quoted(value)}, not a number.")
        if not 0 <= value < _LARGEST:
            raise CheckpointError(
                f"{key} in {self.source} is {quoted(value)}; it must be a number from 0 up."
            )
        return value

    def switch(self, key: str, default: Any = ...) -> bool:
        """Return whether something is on."""
        value = self.get(key, default)
        if not isinstance(value, bool) and value not in (0, 1):
            raise CheckpointError(
                f"{key} in {self.source} is {quoted(value)}; it must be true or false."
            )
        return bool(value)


def _recipe(cfg: Any, source: str) -> _Recipe | None:
    if cfg is None:
        return None
    name = f"cfg in {source}"
    if isinstance(cfg, str):
        cfg = read_yaml(cfg, name)
    if not isinstance(cfg, Mapping):
        raise CheckpointError(f"{name} is not a configuration.")
    check_tree(cfg, name)
    return _Recipe(cfg, source)


def _refuse_unsupported(recipe: _Recipe, source: str) -> None:
    """Refuse by name what would load but compute something else."""
    refused: dict[str, Callable[[Any], bool]] = {
        "LINEAR_TYPE": lambda v: v not in ("relu", "softmax"),
        "USE_3D": lambda v: bool(v),
        "USE_MOTION": lambda v: bool(v),
        "SHIFT_SIZE": lambda v: v != 1,
        "NORM_LAYER": lambda v: v not in ("LN", "ln"),
    }
    for key, wrong in refused.items():
        for value in recipe.find(key):
            if wrong(value):
                raise CheckpointError(
                    f"{source} was trained with {key}={_told(value)}, which is not supported."
                )


def _told(value: Any) -> str:
    """Return a value as their files write it."""
    if isinstance(value, str):
        return shortened(value)
    return str(value) if isinstance(value, bool) else quoted(value)


def _configuration(
    source: str,
    weights: Mapping[str, Tensor],
    recipe: _Recipe | None,
    given: ModelConfig | Mapping[str, Any] | None,
    check: Callable[[ModelConfig], None],
) -> ModelConfig:
    """Return the configuration: by the caller's fields, else by the file's, else by the tensors' shapes."""
    if isinstance(given, ModelConfig):
        check(given)
        return given
    values = _inferred(source, weights)
    terms: dict[str, str] = {}
    if given is not None:
        try:
            check_fields(given)
        except ConfigError as error:
            raise CheckpointError(f"The configuration given with {source}: {error}") from None
    if recipe is not None:
        values.update(_from_recipe(recipe, given or {}, terms))
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
        check(config)
    except ConfigError as error:
        raise CheckpointError(f"{source}: {_in_terms(str(error), terms)}") from None
    if recipe is not None:
        size = config.image_size // config.stride + 1
        for stated in recipe.find("SPATIAL_SIZE"):
            if stated != size * size:
                raise CheckpointError(
                    f"SPATIAL_SIZE={quoted(stated)} in {source} is not the {size} x {size} grid of its "
                    "frames, which is not supported."
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

    def positive(name: str, rank: int) -> tuple[int, ...]:
        found = sizes(name, rank)
        if 0 in found:
            raise CheckpointError(f"{source}: tensor {name} has shape {list(found)}: it is empty.")
        return found

    dim, _, patch, _ = positive("base_model.patch_embed.proj.weight", 4)
    _, frames, _, _ = positive("base_model.temp_embed", 4)
    hidden, _ = positive("base_model.blocks.0.mlp.fc1.weight", 2)
    head_hidden, _ = positive("consensus.mlp_head.1.weight", 2)
    num_classes, _ = positive("consensus.mlp_head.4.weight", 2)
    blocks = {
        int(m[1]) for name in weights if (m := re.match(r"base_model\.blocks\.(\d{1,4})\.", name))
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


def _in_terms(message: str, terms: Mapping[str, str]) -> str:
    """Return a sentence about fields (`frames=-3 must be ...`) with the authors' names of those fields."""
    return re.sub(r"\b(\w+)(?==)", lambda found: terms.get(found[1], found[1]), message)


def _from_recipe(
    recipe: _Recipe, partial: Mapping[str, Any], terms: dict[str, str]
) -> dict[str, Any]:
    """Return ModelConfig fields from the authors' keys; fields in `partial` are not read.

    What each field is called there is written into `terms`.
    """
    values: dict[str, Any] = {}

    def put(field: str, key: str, read: Callable[[str], Any] | None = None, **default: Any) -> None:
        if field in partial:
            return
        value = recipe.get(key, **default) if read is None else read(key, **default)
        terms[field] = key
        try:
            check_fields({field: value})
        except ConfigError as error:
            raise CheckpointError(f"{recipe.source}: {_in_terms(str(error), terms)}") from None
        values[field] = value

    def choice(names: Mapping[Any, str]) -> Callable[[str], str]:
        def read(key: str) -> str:
            value = recipe.get(key)
            if not isinstance(value, str) or value not in names:
                raise CheckpointError(f"{key}={_told(value)} in {recipe.source} is not supported.")
            return names[value]

        return read

    sizes = {"dim", "heads", "depth", "patch", "stride"}
    if not sizes <= set(partial):
        base = recipe.get("XVIT.BASE_MODEL")
        if not isinstance(base, str) or not (base.startswith("lvit_v2") or "768" in base):
            raise CheckpointError(
                f"XVIT.BASE_MODEL={_told(base)} in {recipe.source} is not supported."
            )
        values.update(dim=768 if "768" in base else 512, heads=8, depth=12, patch=16, stride=14)
    put("frames", "DATA.NUM_FRAMES")
    put("num_classes", "MODEL.NUM_CLASSES")
    put("head_hidden", "TEMPORAL_HEAD.MLP_DIM")
    put("attention", "LINEAR_TYPE", choice({"relu": "linear", "softmax": "softmax"}))
    put("fixation", "USE_CGATE", lambda key: "cooperative" if recipe.switch(key) else "none")
    if values.get("fixation", partial.get("fixation")) == "cooperative":
        put("shared_projection", "SHARE_GATE", recipe.switch, default=True)
    else:
        values["shared_projection"] = False
    put(
        "form",
        "ATTENTION_TYPE",
        choice({"divided_time_space": "divided", "full_time_space": "joint"}),
    )
    put("temporal_shift", "XVIT.USE_XVIT", recipe.switch)
    put("spatial_shift", "XVIT.USE_SpatialShift", recipe.switch)
    put("image_size", "DATA.TRAIN_CROP_SIZE", default=224)
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
                f"DATA.NUM_FRAMES={quoted(merged['frames'])} in {recipe.source} is not a multiple of "
                f"XVIT.NUM_SEGMENTS={quoted(segment)}."
            )
    if merged["temporal_shift"] or merged["spatial_shift"]:
        put("shift_blocks", "XVIT.LOCATIONS_LIST")
    rate_keys = ("DATA.SAMPLING_RATE", "DATA.TARGET_FPS")
    if "frame_rate" not in partial and all(map(recipe.find, rate_keys)):
        every, per_second = map(recipe.number, rate_keys)
        if not every or not per_second:
            raise CheckpointError(
                f"DATA.SAMPLING_RATE and DATA.TARGET_FPS in {recipe.source} must be above 0."
            )
        values["frame_rate"] = per_second / every
    return values


def _official_name(name: str, config: ModelConfig) -> str:
    """Return the authors' name of this network's tensor."""
    for pattern, replacement in _NAMES:
        name = re.sub(pattern, replacement, name)
    gate = "pgate" if config.shared_projection else "q_gate"
    return name.replace(".fixation.query_projection.", f".{gate}.")
