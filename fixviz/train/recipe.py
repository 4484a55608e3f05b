"""Define training recipes: all settings of a training run, as data. Free of torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fixviz.data.classes import BACKWARD, CLASSES
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig

_NEIGHBORS = {"spatial_shift": True, "temporal_shift": True, "shift_div": 8}
_COOPERATIVE = {"attention": "linear", "fixation": "cooperative"}

MODELS: dict[str, dict[str, Any]] = {
    "softmax": {"attention": "softmax"},
    "linear": {"attention": "linear"},
    "fixation": {**_COOPERATIVE, **_NEIGHBORS},
    "linear-neighbors": {"attention": "linear", **_NEIGHBORS},
    "fixation-alone": _COOPERATIVE,
    "softmax-fixation": {"attention": "softmax", "fixation": "cooperative", **_NEIGHBORS},
    "fixation-separate": {"attention": "linear", "fixation": "separate", **_NEIGHBORS},
    "fixation-shared": {**_COOPERATIVE, "shared_projection": True, **_NEIGHBORS},
}
"""Fields of ModelConfig in which the models differ; the recipe sets all others for all models. The
first three are the main models; the others leave out or add single parts."""

MAIN_MODELS: tuple[str, ...] = ("softmax", "linear", "fixation")

TITLES: dict[str, str] = {
    "softmax": "Softmax attention",
    "linear": "Linear attention",
    "fixation": "Linear + fixation + neighbors",
    "linear-neighbors": "Linear + neighbors",
    "fixation-alone": "Linear + fixation",
    "softmax-fixation": "Softmax + fixation + neighbors",
    "fixation-separate": "Linear + separate fixation + neighbors",
    "fixation-shared": "Linear + shared fixation + neighbors",
}
"""Titles of the models, to show."""


_USUAL_PRESETS = (("standard",), ("standard", "filmed"))
"""Presets of the checkpoints that bear a model's plain name."""
_NAMED = ("base",)
"""Recipes whose checkpoints bear the recipe's name, so that they lie beside those of recipe small."""


@dataclass(frozen=True)
class Recipe:
    """Say how models are trained. Two runs of one recipe on one machine give the same weights."""

    name: str
    shape: dict[str, Any] = field(default_factory=dict)
    """Fields of ModelConfig that all models of the recipe share."""
    preset: str = "standard"
    """Preset of the generated clips; several, separated by commas, share each step's clips."""
    steps: int = 3000
    """Steps of the first cycle, to which `ramp` and `mixed_from` refer."""
    further_cycles: tuple[int, ...] = ()
    """Steps of further cosine cycles. They start again at the full learning rate, while difficulty
    and frame sizes stay as the first one ended. A state can go on with more cycles than it had."""
    batch: int = 16
    """Clips of the first size in a step; larger frames come in smaller batches."""
    sizes: tuple[tuple[int, int], ...] = ((64, 64),)
    """Frame sizes (height, width); the first is the main one."""
    mixed_from: float = 0.5
    """Share of the steps after which every second step takes one of the other sizes."""
    learning_rate: float = 2e-3
    warmup: int = 100
    """Steps of a cycle over which the learning rate rises; then it falls along a cosine."""
    head_rate: float = 5.0
    """The classification head learns this many times faster: it reads the mean of all tokens, most
    of which see background, so its weights have far to go."""
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    """Gradients with a longer norm are scaled down to it."""
    ema: float = 0.995
    """Decay of the moving average of the weights; the checkpoint has the average."""
    start: str = ""
    """What training goes on from: "shipped", or a folder of checkpoints by name; none: new weights."""
    left_out: tuple[str, ...] = ()
    """Classes of which no clip is shown, to learn them later as new ones; a class whose reverse is
    left out has to be left out with it, since twins show both."""
    twins: bool = True
    """Whether each clip has a twin in the batch: the same clip played backward."""
    ramp: float = 0.5
    """Share of the steps over which the difficulty rises from 0 to 1."""
    mask_weight: float = 1.0
    """Weight of the loss for the share of the deciding object that each token sees."""
    class_weight: float = 1.0
    """Weight of the loss for each token's class: that of the deciding object, or "nothing"."""
    motion_weight: float = 2.0
    """Weight of the loss for the motion and growth of what each token sees."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.left_out:
            if name not in CLASSES:
                raise OptionError(f"There is no class {name!r}; there are {', '.join(CLASSES)}.")
            reverse = CLASSES[BACKWARD[CLASSES.index(name)]]
            if self.twins and reverse not in self.left_out:
                raise OptionError(
                    f"Without clips of {name!r}, leave out its reverse {reverse!r}, too."
                )
        if len(set(self.left_out)) > len(CLASSES) - 2:
            raise OptionError("At least two classes must be left to learn.")

    @property
    def total_steps(self) -> int:
        """Number of steps of all cycles."""
        return self.steps + sum(self.further_cycles)

    @property
    def presets(self) -> tuple[str, ...]:
        """Names of the presets of the clips."""
        return tuple(name.strip() for name in self.preset.split(","))

    def cycle_at(self, step: int) -> tuple[int, int]:
        """Return (steps done, all steps) of the cycle that `step` is in."""
        for length in (self.steps, *self.further_cycles):
            if step < length:
                return step, length
            step -= length
        return length, length

    def config(self, model: str) -> ModelConfig:
        """Return the configuration of one of MODELS under this recipe."""
        if model not in MODELS:
            raise OptionError(f"There is no model {model!r}; there are {', '.join(MODELS)}.")
        values = {"num_classes": len(CLASSES), "class_names": CLASSES, **self.shape}
        return ModelConfig(**{**values, **MODELS[model]})

    def checkpoint_name(self, model: str) -> str:
        """Return the name of a model's checkpoint: "linear"; "cue-linear" when trained on cue; "base-linear"
        of recipe base.
        """
        name = model if self.presets in _USUAL_PRESETS else f"{self.preset}-{model}"
        return f"{self.name}-{name}" if self.name in _NAMED else name

    def title(self, model: str) -> str:
        """Return the title of a model's checkpoint, to show."""
        plain = TITLES.get(model, model)
        if self.name in _NAMED:
            plain += f", {self.sizes[0][0]} px"
        if self.left_out:
            plain = f"{plain}, trained without {', '.join(self.left_out)}"
        return plain if self.presets in _USUAL_PRESETS else f"{plain}, trained on {self.preset}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """Read what `to_dict` wrote, also in older states that lack some fields."""
        sizes = tuple((int(height), int(width)) for height, width in values["sizes"])
        cycles = tuple(values.get("further_cycles", ()))
        left_out = tuple(values.get("left_out", ()))
        return cls(**{**values, "sizes": sizes, "further_cycles": cycles, "left_out": left_out})


RECIPES: dict[str, Recipe] = {
    "small": Recipe(
        name="small",
        shape={
            "dim": 64,
            "depth": 3,
            "heads": 4,
            "mlp_ratio": 4,
            "head_hidden": 64,
            "frames": 8,
            "patch": 12,
            "stride": 8,
            "image_size": 64,
            "frame_rate": 8.0,
        },
        sizes=((64, 64), (64, 80), (80, 64), (96, 96), (64, 112), (112, 112)),
    ),
    "base": Recipe(
        name="base",
        shape={
            "dim": 128,
            "depth": 4,
            "heads": 8,
            "mlp_ratio": 4,
            "head_hidden": 128,
            "frames": 8,
            "patch": 16,
            "stride": 8,
            "image_size": 112,
            "frame_rate": 8.0,
        },
        batch=64,
        sizes=((112, 112), (112, 144), (144, 112), (64, 64), (96, 96), (112, 192), (160, 160)),
    ),
}
"""small: two CPU cores are enough. base: sized for ten minutes on one GPU, which is an estimate."""


def going_on_from(folder: str) -> dict[str, Any]:
    """Return what changes in a recipe whose models are trained already: all is hard from the start."""
    return {"start": folder, "ramp": 0.0, "mixed_from": 0.0}


def recipe(name: str, **changes: Any) -> Recipe:
    """Return a named recipe with some fields changed. Raises OptionError for an unknown name."""
    if name not in RECIPES:
        raise OptionError(f"There is no recipe {name!r}; there are {', '.join(RECIPES)}.")
    return replace(RECIPES[name], **changes)
