"""The one configuration from which every model is built. Needs no torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from fixviz import resources
from fixviz.errors import CheckpointError, ConfigError, UnknownModel
from fixviz.model.config_fields import check_fields, check_range
from fixviz.model.plain_text import read_json
from fixviz.model.quoting import one_line, quoted
from fixviz.model.weight_files import weight_files

Attention = Literal["softmax", "linear"]
"""Names of the kinds of attention; `fixviz.model.attention.KINDS` says what each one computes."""
ATTENTION_TITLES: dict[Attention, str] = {
    "softmax": "Softmax attention",
    "linear": "Linear attention",
}
Fixation = Literal["none", "separate", "cooperative"]
Form = Literal["divided", "joint"]
Axis = Literal["temporal", "spatial", "joint"]


@dataclass(frozen=True)
class ModelConfig:
    """Shape and kind of a video Transformer (arXiv 2210.08164; symbols as in the paper's section 3).

    Raises ConfigError on construction when the parts contradict each other.
    """

    attention: Attention = "linear"
    fixation: Fixation = "none"
    shared_projection: bool = False
    """One projection for the ratios of query and key; only with cooperative fixation."""
    spatial_shift: bool = False
    """Keys and values of the temporal attention hear the 8 grid neighbors."""
    temporal_shift: bool = False
    """Keys and values of the spatial attention hear the next and the previous frame."""
    shift_div: int = 8
    """1/shift_div of the channels come from each of the two neighboring frames."""
    shift_segment: int | None = None
    """The temporal shift restarts every so many frames; None: it runs through the clip."""
    shift_blocks: tuple[int, ...] | None = None
    """Blocks that shift; None: all of them."""
    form: Form = "divided"
    """Divided: temporal, then spatial attention. Joint: one attention over all tokens."""
    dim: int = 64
    depth: int = 3
    heads: int = 4
    mlp_ratio: int = 4
    head_hidden: int = 64
    """Hidden width of the classification head (M)."""
    dropout: float = 0.0
    """In the classification head."""
    num_classes: int = 10
    class_names: tuple[str, ...] = ()
    frames: int = 8
    """Frames of one window (T)."""
    patch: int = 8
    """Side of a patch in pixels (P)."""
    stride: int = 8
    """Distance of patch centers in pixels (S)."""
    image_size: int = 64
    """Short side of the frames in pixels that the model was trained at."""
    frame_rate: float = 8.0
    """Frames per second that the model was trained at."""

    def __post_init__(self) -> None:
        """Refuse what no model can be."""
        for name, allowed in (("attention", Attention), ("fixation", Fixation), ("form", Form)):
            if getattr(self, name) not in get_args(allowed):
                raise ConfigError(
                    f"{name}={quoted(getattr(self, name))} is not known; "
                    f"choose one of {', '.join(get_args(allowed))}."
                )
        for field in fields(self):
            check_range(field.name, getattr(self, field.name))
        if self.patch % 2:
            raise ConfigError(
                f"patch={quoted(self.patch)} must be even, so that the grid has H // stride + 1 rows."
            )
        if self.dim % self.heads:
            raise ConfigError(
                f"dim={quoted(self.dim)} cannot be split into heads={quoted(self.heads)} of equal "
                "width."
            )
        if self.shared_projection and self.fixation != "cooperative":
            raise ConfigError("shared_projection needs fixation='cooperative'.")
        if self.form == "joint" and (self.spatial_shift or self.temporal_shift):
            raise ConfigError("form='joint' has no feature shift; switch both shifts off.")
        if self.spatial_shift and self.dim < 16:
            raise ConfigError(
                f"dim={self.dim} is too small for the spatial shift, which needs 16 or more."
            )
        if self.temporal_shift and not 2 <= self.shift_div <= self.dim:
            raise ConfigError(
                f"shift_div={quoted(self.shift_div)} must lie between 2 and dim={quoted(self.dim)}."
            )
        if self.shift_segment is not None and self.frames % self.shift_segment:
            raise ConfigError(
                f"shift_segment={quoted(self.shift_segment)} must divide frames={quoted(self.frames)}."
            )
        blocks = self.shift_blocks or ()
        if len(blocks) > self.depth or not all(0 <= block < self.depth for block in blocks):
            raise ConfigError(
                f"shift_blocks={quoted(blocks)} must name blocks from 0 to "
                f"{quoted(self.depth - 1)}, each once."
            )
        if self.class_names and len(self.class_names) != self.num_classes:
            raise ConfigError(
                f"class_names has {len(self.class_names)} entries for "
                f"num_classes={quoted(self.num_classes)}."
            )

    @property
    def head_dim(self) -> int:
        """Width of one head (d)."""
        return self.dim // self.heads

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The attentions of one block, in the order in which they run."""
        return ("temporal", "spatial") if self.form == "divided" else ("joint",)

    def shifts_in(self, block: int, axis: Axis) -> bool:
        """Tell whether the attention over `axis` in `block` (0 is the first) shifts its keys and values."""
        if self.shift_blocks is not None and block not in self.shift_blocks:
            return False
        return {"temporal": self.spatial_shift, "spatial": self.temporal_shift, "joint": False}[
            axis
        ]

    def of_block(self, block: int) -> ModelConfig:
        """Return the configuration of a network of this block alone, equal for blocks that compute alike."""
        shifts = any(self.shifts_in(block, axis) for axis in self.axes)
        return ModelConfig(
            attention=self.attention,
            fixation=self.fixation,
            shared_projection=self.shared_projection,
            spatial_shift=self.spatial_shift and shifts,
            temporal_shift=self.temporal_shift and shifts,
            shift_div=self.shift_div,
            shift_segment=self.shift_segment,
            form=self.form,
            dim=self.dim,
            depth=1,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
            frames=self.frames,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, one entry for each field."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Read what `to_dict` wrote. Raises ConfigError for unknown fields and values of a wrong type."""
        check_fields(values)
        clean: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**clean)


PRESETS: dict[str, ModelConfig] = {
    "official-b16": ModelConfig(
        attention="linear",
        fixation="cooperative",
        shared_projection=False,
        spatial_shift=True,
        temporal_shift=True,
        shift_segment=8,
        dim=512,
        depth=12,
        heads=8,
        head_hidden=768,
        num_classes=400,
        frames=16,
        patch=16,
        stride=14,
        image_size=224,
    ),
    "small": ModelConfig(dim=64, depth=3, heads=4, patch=12, stride=8, frames=8, image_size=64),
}


def preset(name: str, **changes: Any) -> ModelConfig:
    """Return a named configuration with some fields changed. Raises ConfigError for an unknown name."""
    if name not in PRESETS:
        raise ConfigError(f"No preset {name!r}; there are {', '.join(PRESETS)}.")
    return replace(PRESETS[name], **changes)


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint folder says of itself, read without torch."""

    name: str
    folder: Path
    title: str
    config: ModelConfig
    extra: dict[str, Any]
    """Everything else in config.json: how it was trained, measured results."""

    @property
    def card(self) -> str:
        """The text of card.md, or an empty string; what is not UTF-8 in it is marked as such."""
        path = self.folder / "card.md"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def read_config(folder: Path) -> CheckpointInfo:
    """Read `folder`/config.json. Raises CheckpointError when it is missing or damaged."""
    name = f"{folder.name}/config.json"
    try:
        content = (folder / "config.json").read_bytes()
    except FileNotFoundError:
        raise CheckpointError(
            f"{folder.name} has no config.json; a checkpoint folder holds config.json and model.safetensors."
        ) from None
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror}).") from None
    values = read_json(content, name)
    if not isinstance(values, dict) or not isinstance(values.get("config"), dict):
        raise CheckpointError(
            f'{name} cannot be read: it has no "config", the object with the model\'s fields.'
        )
    try:
        config = ModelConfig.from_dict(values.pop("config"))
    except ConfigError as error:
        raise CheckpointError(f"{name}: {error}") from None
    title = values.pop("title", None)
    shown = one_line(title) if isinstance(title, str) else ""
    return CheckpointInfo(folder.name, folder, shown or folder.name, config, values)


def checkpoint_sha256(folder: Path) -> str:
    """Return the SHA-256 over weights and configuration, which runs use to name a checkpoint."""
    digest = hashlib.sha256()
    config = folder / "config.json"
    if not config.is_file():
        raise CheckpointError(f"{folder.name} has no config.json.")
    for path in (config, *weight_files(folder)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def checkpoint_names() -> list[str]:
    """Return the names of the shipped checkpoints: softmax, linear and fixation first, then the rest by name.

    Names of one prefix ("cue-", "base-") keep the order of these three.
    """
    folder = resources.checkpoints()
    names = sorted(p.parent.name for p in folder.glob("*/config.json")) if folder.is_dir() else []
    order = ["softmax", "linear", "fixation"]

    def place(name: str) -> tuple[int, str, int]:
        prefix, _, last = name.rpartition("-")
        if name in order:
            return order.index(name), "", 0
        if last in order and prefix not in order:
            return len(order), prefix, order.index(last)
        return len(order), name, 0

    return sorted(names, key=place)


def resolve_checkpoint(name_or_folder: str | Path) -> Path:
    """Return the folder of a shipped checkpoint by its name, or the given folder itself.

    Raises UnknownModel when there is neither.
    """
    names = checkpoint_names()
    if str(name_or_folder) in names:
        return resources.checkpoints() / str(name_or_folder)
    folder = Path(name_or_folder).expanduser()
    if folder.is_dir():
        return folder.resolve()
    raise UnknownModel(
        f"There is no model {str(name_or_folder)!r}; use one of {', '.join(names) or '(none shipped)'}, "
        "or the path of a checkpoint folder."
    )
