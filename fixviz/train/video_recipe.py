"""Define the paper's recipes for Kinetics-400 and Something-Something V2, as data; none has been run.

The model is the paper's (arXiv 2210.08164). Sampling, augmentation and optimizer are those of the
X-ViT code (Bulat et al. 2021, github.com/1adrianb/video-transformers), from which the authors' code
descends, for 16 frames of 224 pixels. `python -m fixviz.train` trains on generated clips only: these
recipes are for your own loop over `fixviz.data.folders.VideoClips`. Without weights that were
pretrained on ImageNet-21k they will not reach the paper's numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fixviz.data import augment, sampling
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig, preset
from fixviz.train.recipe import MODELS


@dataclass(frozen=True)
class VideoRecipe:
    """Say how a model is trained on real videos: gradient descent with momentum, cosine schedule."""

    name: str
    classes: int
    sampling: sampling.Sampling
    augmentation: augment.Augmentation
    shift_div: int
    shift_segment: int | None
    weight_decay: float
    warmup_from: float
    """Learning rate at the first step; it rises linearly to learning_rate."""
    label_smoothing: float = 0.0
    mixup: float = 0.0
    """Parameter of the beta distribution; 0 for no mixup."""
    random_erasing: float = 0.0
    """Probability; part of the original, not of fixviz.data.augment."""
    autoaugment: bool = True
    """ImageNet policy v0, alike for all frames; part of the original, not of fixviz.data.augment."""
    batch: int = 64
    """Number of clips over all GPUs."""
    epochs: int = 30
    learning_rate: float = 0.03
    warmup_epochs: float = 5.0
    momentum: float = 0.9
    dropout: float = 0.5
    """Probability in the classification head."""
    precision: str = "float16"
    pretrained: str = "ImageNet-21k, 224 px, patch 16"

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
                "num_classes": self.classes,
                "class_names": class_names,
                "frames": self.sampling.frames,
                "image_size": self.augmentation.crop,
                "frame_rate": self.frame_rate,
                "dropout": self.dropout,
            },
        )

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

VIDEO_RECIPES: dict[str, VideoRecipe] = {
    "paper-k400": _K400,
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
"""paper-k400: Kinetics-400. paper-ssv2: Something-Something V2."""


def video_recipe(name: str) -> VideoRecipe:
    """Return a named recipe. Raises OptionError for an unknown name."""
    if name not in VIDEO_RECIPES:
        raise OptionError(f"There is no recipe {name!r}; there are {', '.join(VIDEO_RECIPES)}.")
    return VIDEO_RECIPES[name]
