"""Define the recipes for real clips, as data: one for clips of one's own, and the paper's.

`own` goes on from a trained network with few clips. The others are the paper's (arXiv 2210.08164) for
Kinetics-400, Kinetics-600 and Something-Something V2: sampling, augmentation and optimizer are those of the
X-ViT code (Bulat et al. 2021, github.com/1adrianb/video-transformers), from which the authors' code
descends, for 16 frames of 224 pixels. None of them has been run to its end here, and without weights
that were pretrained on ImageNet-21k they will not reach the paper's numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from fixviz.data import augment, sampling
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig, preset
from fixviz.train.recipe import MODELS, RECIPES


@dataclass(frozen=True)
class VideoRecipe:
    """Say how a model is trained on real videos: warm-up, then a cosine down to 1 % of the learning rate."""

    name: str
    classes: int
    """0: as many as the data set has."""
    sampling: sampling.Sampling
    augmentation: augment.Augmentation | augment.GentleAugmentation
    shift_div: int
    shift_segment: int | None
    weight_decay: float
    warmup_from: float
    """Learning rate at the first step; it rises linearly to learning_rate."""
    label_smoothing: float = 0.0
    mixup: float = 0.0
    """Parameter of the beta distribution; 0 for no mixup."""
    random_erasing: float = 0.0
    """Probability."""
    autoaugment: bool = True
    """The policy learned on ImageNet, alike for all frames."""
    batch: int = 64
    """Number of clips over all GPUs."""
    epochs: int = 30
    learning_rate: float = 0.03
    warmup_epochs: float = 5.0
    momentum: float = 0.9
    dropout: float = 0.5
    """Probability in the classification head."""
    precision: str = "float16"
    """On a GPU; a CPU computes in float32."""
    pretrained: str = "ImageNet-21k, 224 px, patch 16"
    optimizer: Literal["sgd", "adamw"] = "sgd"
    head_rate: float = 1.0
    """The classification head learns this many times faster than the rest."""
    clip_norm: float | None = None
    """Gradients with a longer norm are scaled down to it; None: never."""
    ema: float = 0.0
    """Decay of the moving average of the weights, which is what is validated and kept; 0: the weights."""
    patience: int | None = None
    """Epochs without a better answer on the validation clips after which a model stops; None: never."""
    balance: bool = False
    """Whether every class counts alike in the loss, however many clips it has."""
    windows: int = 1
    """Windows that an epoch draws of a long clip, at most."""
    jitter_s: float = 0.0
    """A clip no longer than a window starts up to so many seconds earlier or later in training."""
    shape: dict[str, Any] = field(default_factory=dict)
    """Fields of ModelConfig in place of the paper's."""
    seed: int = 0

    def config(self, model: str, class_names: tuple[str, ...] = ()) -> ModelConfig:
        """Return the configuration of a model of fixviz.train.recipe, at the paper's size."""
        if model not in MODELS:
            raise OptionError(f"There is no model {model!r}; there are {', '.join(MODELS)}.")
        plain = {"fixation": "none", "spatial_shift": False, "temporal_shift": False}
        return preset(
            "official-b16",
            **{
                **plain,
                **MODELS[model],
                "shift_div": self.shift_div,
                "shift_segment": self.shift_segment,
                "num_classes": len(class_names) or self.classes,
                "class_names": class_names,
                "frames": self.sampling.frames,
                "image_size": self.image_size,
                "frame_rate": self.frame_rate,
                "dropout": self.dropout,
                **self.shape,
            },
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @property
    def image_size(self) -> int:
        """Short side of the frames that a model sees, in pixels."""
        seen = self.augmentation
        return seen.crop if isinstance(seen, augment.Augmentation) else seen.side

    @property
    def frame_rate(self) -> float:
        """Frames per second; with segments, for a typical video of 4 s."""
        dense = self.sampling.kind == "dense"
        return self.sampling.rate_hz if dense else self.sampling.frames / 4.0


_K400 = VideoRecipe(
    name="paper-k400",
    classes=400,
    sampling=sampling.KINETICS,
    augmentation=augment.KINETICS,
    shift_div=8,
    shift_segment=8,
    weight_decay=1e-5,
    warmup_from=0.01,
    label_smoothing=0.3,
    mixup=0.4,
)

_SMALL = RECIPES["small"].shape

VIDEO_RECIPES: dict[str, VideoRecipe] = {
    "own": VideoRecipe(
        name="own",
        classes=0,
        sampling=sampling.Sampling(
            "dense", frames=_SMALL["frames"], reference_rate=_SMALL["frame_rate"], views=0
        ),
        augmentation=augment.GentleAugmentation(side=_SMALL["image_size"]),
        shift_div=8,
        shift_segment=None,
        weight_decay=0.05,
        warmup_from=1e-4,
        label_smoothing=0.1,
        autoaugment=False,
        batch=16,
        epochs=30,
        learning_rate=1e-3,
        warmup_epochs=0.5,
        dropout=0.0,
        precision="float32",
        pretrained="the shipped checkpoints",
        optimizer="adamw",
        head_rate=3.0,
        clip_norm=1.0,
        ema=0.99,
        patience=8,
        balance=True,
        windows=4,
        jitter_s=0.1,
        shape=_SMALL,
    ),
    "paper-k400": _K400,
    "paper-k600": replace(_K400, name="paper-k600", classes=600),
    "paper-ssv2": replace(
        _K400,
        name="paper-ssv2",
        classes=174,
        sampling=sampling.SOMETHING,
        augmentation=augment.SOMETHING,
        shift_div=4,
        shift_segment=None,
        weight_decay=1e-4,
        warmup_from=0.003,
        label_smoothing=0.0,
        mixup=0.0,
        random_erasing=0.5,
        epochs=35,
    ),
}
"""own: few clips of one's own. paper-k400, paper-k600: Kinetics. paper-ssv2: Something-Something V2."""


def video_recipe(name: str, **changes: Any) -> VideoRecipe:
    """Return a named recipe with some fields changed. Raises OptionError for an unknown name."""
    if name not in VIDEO_RECIPES:
        raise OptionError(f"There is no recipe {name!r}; there are {', '.join(VIDEO_RECIPES)}.")
    return replace(VIDEO_RECIPES[name], **changes)
