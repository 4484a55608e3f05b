import json
from pathlib import Path

import pytest
import torch

from fixviz.errors import CheckpointError, OptionError, StorageError, UnknownModel
from fixviz.model.checkpoints import choose_device, load_model, save_checkpoint
from fixviz.model.config import ModelConfig, checkpoint_sha256, read_config
from fixviz.model.transformer import VideoTransformer

CONFIG = ModelConfig(dim=32, depth=1, frames=3, fixation="cooperative", num_classes=5)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[VideoTransformer, Path]:
    torch.manual_seed(0)
    model = VideoTransformer(CONFIG)
    folder = tmp_path / "mine"
    save_checkpoint(folder, model, title="Mine", card="# Mine\n", extra={"seed": 7})
    return model, folder


def test_what_is_saved_comes_back(saved) -> None:
    model, folder = saved
    loaded = load_model(folder)
    assert not loaded.training
    assert loaded.config == CONFIG
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name].cpu(), tensor)
    info = read_config(folder)
    assert (info.title, info.extra, info.card) == ("Mine", {"seed": 7}, "# Mine\n")


def test_half_precision_files_load_as_float32(saved, tmp_path: Path) -> None:
    model, _ = saved
    save_checkpoint(tmp_path / "half", model, title="", card="", dtype=torch.float16)
    loaded = load_model(tmp_path / "half", "cpu")
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert (loaded.temporal_embedding - model.temporal_embedding).abs().max() < 1e-3


def test_the_hash_changes_with_the_weights_and_with_the_configuration(saved) -> None:
    model, folder = saved
    first = checkpoint_sha256(folder)
    assert first == checkpoint_sha256(folder)
    with torch.no_grad():
        model.temporal_embedding[0, 0, 0, 0] += 1
    save_checkpoint(folder, model, title="Mine", card="", extra={"seed": 7})
    assert checkpoint_sha256(folder) != first


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UnknownModel, match=r"no model 'sofmax'; use one of"):
        load_model("sofmax")


def break_config(folder: Path, **changes: object) -> None:
    values = json.loads((folder / "config.json").read_text())
    values["config"].update(changes)
    (folder / "config.json").write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda f: (f / "model.safetensors").write_bytes(b"x"), "model.safetensors cannot be read"),
        (lambda f: (f / "config.json").unlink(), "no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda f: break_config(f, dim=48), r"tensor temporal_embedding has shape"),
        (lambda f: break_config(f, depth=2), r"lacks the tensor blocks\.1"),
        (lambda f: break_config(f, fixation="none"), r"fixation.*no place"),
        (lambda f: break_config(f, heads=7), "heads=7"),
    ],
)
def test_a_broken_checkpoint_says_what_is_wrong(saved, damage, message: str) -> None:
    damage(saved[1])
    with pytest.raises(CheckpointError, match=message):
        load_model(saved[1])


def test_weights_that_are_not_finite_are_refused(saved) -> None:
    model, folder = saved
    with torch.no_grad():
        model.temporal_embedding[0, 0, 0, 0] = torch.nan
    save_checkpoint(folder, model, title="", card="")
    with pytest.raises(CheckpointError, match="not finite"):
        load_model(folder)


def test_a_folder_that_cannot_be_written_is_a_storage_error(saved, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be written"):
        save_checkpoint(tmp_path / "file" / "x", saved[0], title="", card="")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(OptionError, match="'abacus'"):
        choose_device("abacus")
