import numpy as np
import pytest
import torch

from fixviz.media.clip import Clip, VideoInfo
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

TINY = dict(dim=32, depth=2, heads=4, frames=3, patch=6, stride=5, image_size=23, num_classes=5)
VARIANTS = {
    "softmax": dict(attention="softmax"),
    "linear": dict(attention="linear"),
    "fixation": dict(fixation="cooperative", spatial_shift=True, temporal_shift=True, shift_div=8),
    "softmax-fixation": dict(
        attention="softmax", fixation="cooperative", spatial_shift=True, temporal_shift=True
    ),
    "separate": dict(fixation="separate", spatial_shift=True, temporal_shift=True, shift_div=4),
    "shared": dict(fixation="cooperative", shared_projection=True, temporal_shift=True),
    "joint": dict(form="joint", fixation="cooperative"),
}


def build(**changes) -> VideoTransformer:
    torch.manual_seed(3)
    model = VideoTransformer(ModelConfig(**{**TINY, **changes})).eval()
    with torch.no_grad():  # larger weights than at the start, so that attention is not uniform
        for name, parameter in model.named_parameters():
            if "qkv" in name or "fixation" in name:
                parameter.mul_(4)
    return model


def make_clip(frames: int = 7, height: int = 46, width: int = 74) -> Clip:
    pixels = np.random.default_rng(5).integers(0, 256, (frames, height, width, 3), dtype=np.uint8)
    source = VideoInfo(
        *("noise.mp4", "0" * 64, width, height, 8.0, frames / 8, frames, 0),
        *("h264", "mp4", "pyav"),
    )
    times = np.arange(frames) / 8
    return Clip(pixels, np.arange(frames), times, source, 8.0, 0.0, frames / 8, frames / 8, False)


@pytest.fixture
def clip() -> Clip:
    return make_clip()
