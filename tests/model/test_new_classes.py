"""A network with other classes: a new last layer, all else as it was."""

import pytest
import torch

from fixviz.errors import ConfigError
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.new_classes import with_new_classes
from fixviz.model.transformer import VideoTransformer

CONFIG = ModelConfig(
    fixation="cooperative",
    dim=32,
    depth=2,
    heads=4,
    frames=3,
    patch=6,
    stride=5,
    head_hidden=11,
    num_classes=7,
    class_names=tuple("abcdefg"),
)


@pytest.fixture
def model() -> VideoTransformer:
    torch.manual_seed(0)
    return VideoTransformer(CONFIG).eval()


def test_only_the_last_layer_is_new_and_the_model_itself_is_untouched(model) -> None:
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    taught = with_new_classes(model, ["wave", "point", "still"])
    assert taught.config.class_names == ("wave", "point", "still")
    assert taught.config.num_classes == 3
    assert not taught.training
    last = {"head.4.weight": (3, 11), "head.4.bias": (3,)}
    for name, weight in taught.state_dict().items():
        if name in last:
            assert tuple(weight.shape) == last[name]
        else:
            assert torch.equal(weight, before[name]), name
            assert weight.data_ptr() != model.state_dict()[name].data_ptr(), name
    assert model.config == CONFIG
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    pixels = torch.randn(2, 3, 3, 23, 37)
    assert taught(pixels).shape == (2, 3)
    torch.testing.assert_close(taught.features(pixels), model.features(pixels))


def test_the_seed_alone_decides_the_new_weights(model) -> None:
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = with_new_classes(model, ["a", "b"], seed=11).head[-1].weight
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(13)
    assert torch.equal(with_new_classes(model, ["a", "b"], seed=11).head[-1].weight, first)
    assert not torch.equal(with_new_classes(model, ["a", "b"], seed=12).head[-1].weight, first)


def test_number_format_mode_and_trainability_are_those_of_the_model(model) -> None:
    taught = with_new_classes(model.double().train(), ["a", "b"])
    assert taught.training
    assert taught.head[-1].training
    assert taught.head[-1].weight.dtype == torch.float64
    assert taught.head[-1].weight.requires_grad


def test_it_is_an_ordinary_checkpoint(model, tmp_path) -> None:
    taught = with_new_classes(model, ["wave", "point"])
    save_checkpoint(tmp_path, taught, title="Taught", card="")
    again = load_model(tmp_path, "cpu")
    assert again.config == taught.config
    pixels = torch.randn(1, 3, 3, 20, 20)
    torch.testing.assert_close(again(pixels), taught(pixels))


@pytest.mark.parametrize("names", [[], ["a", "b", "a"]])
def test_no_class_and_two_of_one_name_are_refused(model, names) -> None:
    with pytest.raises(ConfigError, match="each of them once"):
        with_new_classes(model, names)
