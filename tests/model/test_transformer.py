import pytest
import torch

from fixviz.errors import ConfigError, OptionError
from fixviz.model.config import ModelConfig, preset
from fixviz.model.transformer import VideoTransformer, normalize_pixels

TINY = dict(dim=32, depth=2, heads=4, frames=3, patch=6, stride=5, head_hidden=11, num_classes=7)
VARIANTS = [
    dict(attention="softmax"),
    dict(attention="linear"),
    dict(attention="linear", fixation="separate"),
    dict(attention="linear", fixation="cooperative"),
    dict(fixation="cooperative", shared_projection=True, spatial_shift=True, temporal_shift=True),
    dict(attention="softmax", fixation="cooperative", temporal_shift=True),
    dict(spatial_shift=True, shift_blocks=(1,)),
    dict(form="joint"),
    dict(form="joint", attention="softmax", fixation="cooperative"),
]


def build(**changes) -> VideoTransformer:
    torch.manual_seed(0)
    return VideoTransformer(ModelConfig(**{**TINY, **changes})).eval()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(map(str, v.values())))
def test_any_frame_size_gives_logits_and_every_weight_a_gradient(variant) -> None:
    model = build(**variant)
    pixels = torch.randn(2, 3, 3, 23, 37, generator=torch.Generator().manual_seed(1))
    tokens = model.features(pixels)
    assert tokens.shape == (2, 3, 23 // 5 + 1, 37 // 5 + 1, 32)
    logits = model(pixels)
    assert logits.shape == (2, 7)
    logits.square().sum().backward()
    without = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


def test_official_b16_has_the_published_size() -> None:
    with torch.device("meta"):
        model = VideoTransformer(preset("official-b16"))
    assert sum(p.numel() for p in model.parameters()) == 52_393_616


def test_linear_joint_attention_over_one_frame_equals_divided_spatial_attention() -> None:
    joint = build(form="joint", frames=1, depth=1)
    divided = build(frames=1, depth=1)
    weights = {n.replace(".joint", ".spatial"): w for n, w in joint.state_dict().items()}
    divided.load_state_dict(weights, strict=False)
    temporal = divided.blocks[0].attentions["temporal"].projection
    torch.nn.init.zeros_(temporal.weight)
    torch.nn.init.zeros_(temporal.bias)
    pixels = torch.randn(2, 1, 3, 17, 29)
    torch.testing.assert_close(joint(pixels), divided(pixels))


def test_clips_of_a_batch_do_not_see_each_other() -> None:
    model = build(fixation="cooperative", spatial_shift=True, temporal_shift=True)
    pixels = torch.randn(2, 3, 3, 23, 37)
    torch.testing.assert_close(model(pixels)[1:], model(pixels[1:]), rtol=1e-4, atol=1e-6)


def test_ratios_lie_between_zero_and_one_and_a_shared_projection_gives_one_ratio() -> None:
    model = build(fixation="cooperative", shared_projection=True)
    trace = model.trace(torch.randn(1, 3, 3, 23, 37)).blocks[0].attentions["spatial"]
    assert torch.equal(trace.ratio_query, trace.ratio_key)
    assert 0 < trace.ratio_query.min() < trace.ratio_query.max() < 1


def test_separate_ratio_of_the_query_does_not_depend_on_keys() -> None:
    fixation = build(fixation="separate").blocks[0].attentions["spatial"].fixation
    q, k, v = torch.randn(3, 1, 8)
    query_ratio, key_ratio = fixation(q, k, v)
    other_query_ratio, other_key_ratio = fixation(q, k + 1, v + 1)
    assert torch.equal(query_ratio, other_query_ratio)
    assert not torch.equal(key_ratio, other_key_ratio)


def test_a_wrong_number_of_frames_is_named() -> None:
    with pytest.raises(OptionError, match=r"\[clips, 3, 3, height, width\], not \[1, 4, 3, 8, 8\]"):
        build()(torch.zeros(1, 4, 3, 8, 8))


def test_normalized_pixels_are_channels_first_in_minus_one_to_one() -> None:
    frames = torch.tensor([0, 255, 51], dtype=torch.uint8).expand(1, 2, 5, 7, 3)
    pixels = normalize_pixels(frames)
    assert pixels.shape == (1, 2, 3, 5, 7)
    torch.testing.assert_close(pixels[0, 0, :, 0, 0], torch.tensor([-1.0, 1.0, -0.6]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(attention="cosine"), "attention='cosine'"),
        (dict(heads=5), "heads=5"),
        (dict(patch=7), "patch=7 must be even"),
        (dict(form="joint", temporal_shift=True), "joint"),
        (dict(shared_projection=True), "cooperative"),
        (dict(shift_segment=2), "shift_segment=2 must divide frames=3"),
        (dict(shift_blocks=(2,)), "shift_blocks"),
        (dict(class_names=("a", "b")), "class_names"),
        (dict(depth=0), "depth=0"),
    ],
)
def test_contradicting_configurations_are_refused_by_name(changes, message) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        ModelConfig(**{**TINY, **changes})


def test_configuration_survives_json() -> None:
    config = ModelConfig(**TINY, shift_blocks=(0, 1), class_names=tuple("abcdefg"))
    assert ModelConfig.from_dict(config.to_dict()) == config
    with pytest.raises(ConfigError, match="'widht'"):
        ModelConfig.from_dict({"widht": 3})
    with pytest.raises(ConfigError, match="depth='3'"):
        ModelConfig.from_dict({"depth": "3"})
