"""Tensors come under the network's own names and as float32, however they were saved; else one sentence."""

from __future__ import annotations

import argparse
import collections
import datetime
import io
import json
import pathlib
import struct
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fixviz import import_official_checkpoint
from fixviz.errors import CheckpointError
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.config import ModelConfig, checkpoint_sha256
from fixviz.model.state_dicts import WeightFile, as_float32, read_weights
from fixviz.model.transformer import VideoTransformer

CONFIG = ModelConfig(dim=16, depth=2, heads=2, head_hidden=11, num_classes=3, frames=3)
GOLDEN = Path(__file__).parents[1] / "golden" / "vanilla_linear.safetensors"
STATED = {
    "attention": "linear", "heads": 4, "stride": 14, "image_size": 56,
    "spatial_shift": False, "temporal_shift": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> VideoTransformer:
    torch.manual_seed(0)
    return VideoTransformer(CONFIG).eval()


@pytest.fixture
def folder(model: VideoTransformer, tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "mine", model, title="Mine", card="")
    return tmp_path / "mine"


def same(one: VideoTransformer, other: VideoTransformer) -> bool:
    state = other.state_dict()
    return all(torch.equal(tensor, state[name]) for name, tensor in one.state_dict().items())


def rename(folder: Path, new: Callable[[str], str]) -> None:
    path = folder / "model.safetensors"
    save_file({new(name): tensor for name, tensor in load_file(path).items()}, path)


PREFIXES = [
    "_orig_mod.", "module.", "module._orig_mod.", "_orig_mod.module.", "_orig_mod._orig_mod.",
    "module.module.", "model.", "network.", "model._orig_mod.", "module.model._orig_mod.module.",
    "_fsdp_wrapped_module.", "state.net.model.",
]  # fmt: skip


def in_the_middle(name: str) -> str:
    return name.replace("blocks.1.", "blocks.1._orig_mod.").replace(
        ".attentions.", "._checkpoint_wrapped_module.attentions._orig_mod."
    )


@pytest.mark.parametrize("prefix", PREFIXES)
def test_names_of_wrapped_networks_load(model, folder: Path, prefix: str) -> None:
    rename(folder, lambda name: prefix + name)
    assert same(model, load_model(folder, "cpu"))
    rename(folder, in_the_middle)
    assert same(model, load_model(folder, "cpu"))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_names_of_the_authors_wrapped_networks_load(tmp_path: Path, prefix: str) -> None:
    golden = load_file(GOLDEN)
    state = {
        prefix + k[7:].replace("blocks.0.", "blocks.0._orig_mod."): v
        for k, v in golden.items()
        if k.startswith("weight.")
    }
    torch.save({"model_state": state}, tmp_path / "net.pth")
    network = import_official_checkpoint(tmp_path / "net.pth", STATED)
    with torch.inference_mode():
        assert (network(golden["input"]) - golden["logits"]).abs().max() < 1e-5


def test_names_that_the_wrappers_themselves_write_load(model, folder: Path) -> None:
    compiled = VideoTransformer(CONFIG)
    compiled.blocks[1].mlp = torch.compile(compiled.blocks[1].mlp)
    whole = cast(nn.Module, torch.compile(nn.DataParallel(compiled)))
    whole.load_state_dict(dict(zip(whole.state_dict(), model.state_dict().values(), strict=True)))
    assert next(iter(whole.state_dict())).startswith("_orig_mod.module.")
    assert any("mlp._orig_mod." in name for name in whole.state_dict())
    save_file(whole.state_dict(), folder / "model.safetensors")
    assert same(model, load_model(folder, "cpu"))
    average = torch.optim.swa_utils.AveragedModel(model)
    save_file(average.state_dict(), folder / "model.safetensors")
    assert same(model, load_model(folder, "cpu"))


def test_two_networks_in_one_file_are_refused(model, folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    twice = {p + name: tensor.clone() for name, tensor in state.items() for p in ("net.", "ema.")}
    save_file(twice, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"holds 2 networks \(ema\., net\.\); save one"):
        load_model(folder, "cpu")
    twice = {p + name: tensor.clone() for name, tensor in state.items() for p in ("", "module.")}
    save_file(twice, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"twice, as (module\.)?\S+ and as (module\.)?\S+"):
        load_model(folder, "cpu")


def test_what_lies_beside_a_wrapped_network_is_named(model, folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    beside = {f"model.{name}": tensor for name, tensor in state.items()}
    save_file({**beside, "criterion.weight": torch.ones(3)}, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"holds the tensor criterion\.weight"):
        load_model(folder, "cpu")


def shard(folder: Path, suffix: str = ".safetensors", with_index: bool = True) -> list[Path]:
    """Spread the weights of a folder over three files."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    stem = "model" if suffix == ".safetensors" else "pytorch_model"
    paths = [folder / f"{stem}-0000{n}-of-00003{suffix}" for n in (1, 2, 3)]
    weight_map: dict[str, str] = {}
    for n, path in enumerate(paths):
        part = {name: tensor for i, (name, tensor) in enumerate(state.items()) if i % 3 == n}
        save_file(part, path) if suffix == ".safetensors" else torch.save(part, path)
        weight_map |= dict.fromkeys(part, path.name)
    if with_index:
        index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
        (folder / f"{stem}{suffix}.index.json").write_text(json.dumps(index))
    return paths


@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.parametrize("suffix", [".safetensors", ".bin"])
def test_shards_load_and_a_missing_one_is_named(model, folder: Path, suffix, with_index) -> None:
    paths = shard(folder, suffix, with_index)
    assert same(model, load_model(folder, "cpu"))
    before = checkpoint_sha256(folder)
    first, second = paths[0].read_bytes(), paths[1].read_bytes()
    paths[1].unlink()
    with pytest.raises(CheckpointError, match=f"{paths[1].name} is missing"):
        load_model(folder, "cpu")
    paths[1].write_bytes(first)
    assert checkpoint_sha256(folder) != before, "the hash is over all shards"
    with pytest.raises(CheckpointError, match="as another shard does"):
        load_model(folder, "cpu")
    paths[1].write_bytes(second)
    assert checkpoint_sha256(folder) == before


@pytest.mark.parametrize(
    "dtype",
    ["float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"],
)  # fmt: skip
@pytest.mark.parametrize("way", ["safetensors", "torch"])
def test_every_floating_point_format_loads_as_float32(model, folder: Path, dtype, way) -> None:
    kind = getattr(torch, dtype)
    state = {name: tensor.to(kind) for name, tensor in model.state_dict().items()}
    if way == "torch":
        (folder / "model.safetensors").unlink()
        torch.save(state, folder / "pytorch_model.bin")
    else:
        save_file(state, folder / "model.safetensors")
    loaded = load_model(folder, "cpu").state_dict()
    for name, tensor in state.items():
        assert loaded[name].dtype is torch.float32
        assert torch.equal(loaded[name], tensor.float()), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.ones(16, dtype=torch.complex64), "norm.weight holds complex64 values"),
        (torch.ones(16, dtype=torch.bool), "norm.weight holds bool values"),
        (torch.ones(16, dtype=torch.int8), "norm.weight holds int8 values.*before any quantization"),
        (torch.ones(16, dtype=torch.int64), "norm.weight holds int64 values"),
        (torch.quantize_per_tensor(torch.ones(16), 0.1, 0, torch.qint8), "norm.weight holds qint8"),
        (torch.ones(16, device="meta"), "norm.weight has a shape but no values"),
        (torch.full((16,), 1e300, dtype=torch.float64), "norm.weight holds values that are not finite"),
        (torch.full((16,), torch.nan).to(torch.float8_e4m3fn), "norm.weight .* not finite"),
    ],
)  # fmt: skip
def test_other_formats_get_a_sentence(model, folder: Path, tensor: Tensor, message: str) -> None:
    (folder / "model.safetensors").unlink()
    state = {**model.state_dict(), "norm.weight": tensor}
    torch.save(state, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=message) as caught:
        load_model(folder, "cpu")
    assert str(caught.value).startswith("mine/pytorch_model.bin: tensor norm.weight")


@pytest.mark.parametrize("kind", ["F4", "F6_E2M3", "C64", "BOOL", "I8", "U16", "NF4"])
def test_other_formats_in_safetensors_get_a_sentence(model, folder: Path, kind: str) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, content = json.loads(data[8 : 8 + length]), data[8 + length :]
    start, end = header["norm.weight"]["data_offsets"]
    bits = {"F4": 4, "F6_E2M3": 6, "C64": 64, "U16": 16}.get(kind, 8)
    size = 16 * bits // 8
    header["norm.weight"] = {"dtype": kind, "shape": [16], "data_offsets": [start, start + size]}
    for entry in header.values():
        if entry["data_offsets"][0] >= end:
            entry["data_offsets"] = [n + size - (end - start) for n in entry["data_offsets"]]
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    filled = content[:start] + bytes(size) + content[end:]
    path.write_bytes(struct.pack("<Q", len(packed)) + packed + filled)
    with pytest.raises(CheckpointError, match=r"norm\.weight|cannot be read as safetensors:"):
        load_model(folder, "cpu")


def test_sparse_weights_are_made_dense() -> None:
    dense = torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 5.0]])
    assert torch.equal(as_float32(dense.to_sparse(), "w", "x.pth"), dense)


BESIDE = {
    "float64": np.float64(81.25),
    "float32": np.float32(0.5),
    "float16": np.float16(0.5),
    "int64": np.int64(7),
    "bool": np.bool_(True),
    "str": np.str_("ü"),
    "array": np.arange(5.0),
    "matrix": np.eye(3, dtype=np.float32).T,
    "words": np.array(["up", "down"]),
    "objects": np.array([{"a": 1}], dtype=object),
    "record": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]),
    "date": np.datetime64("2020-01-01"),
    "type": np.float32,
    "dtype": np.dtype("float32"),
    "nested": {"history": [np.float64(1), {"best": np.float32(2)}], "lr": (np.float64(1e-3),)},
    "random state": np.random.RandomState(0).get_state(),
    "namespace": argparse.Namespace(lr=np.float64(0.1), out=pathlib.PurePosixPath("runs/1")),
    "path": Path("runs") / "1",
    "windows path": pathlib.PureWindowsPath("C:/runs/1"),
    "time": datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC),
    "names": types.SimpleNamespace(lr=0.1),
    "containers": [frozenset([1]), collections.Counter("ab"), range(3)],
    "optimizer": torch.optim.AdamW([torch.ones(2)]).state_dict(),
}


def with_pickle(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Rewrite the pickle inside a torch file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename.endswith(".pkl") else data)
    path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize("value", BESIDE.values(), ids=BESIDE)
def test_plain_values_beside_the_weights_do_no_harm(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "net.pth"
    state = {"temporal_embedding": torch.arange(3.0)}
    torch.save({"state_dict": state, "epoch": 3, "best": value}, path)
    files = [WeightFile("net.pth", path)]
    assert torch.equal(read_weights(files).tensors["temporal_embedding"], torch.arange(3.0))
    # numpy 1 called its module numpy.core, and a path of Windows has another class.
    with_pickle(path, lambda data: data.replace(b"numpy._core", b"numpy.core"))
    with_pickle(path, lambda data: data.replace(b"PosixPath", b"WindowsPath"))
    assert torch.equal(read_weights(files).tensors["temporal_embedding"], torch.arange(3.0))


def test_allowing_numpy_allows_nothing_else(tmp_path: Path) -> None:
    marker = tmp_path / "executed"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (marker,))

    for value in (Evil(), np.array([Evil()], dtype=object), argparse.Namespace(x=Evil())):
        torch.save(
            {"state_dict": {"temporal_embedding": torch.ones(1)}, "x": value}, tmp_path / "e.pt"
        )
        with pytest.raises(CheckpointError, match=r"e\.pt"):
            read_weights([WeightFile("e.pt", tmp_path / "e.pt")])
    assert not marker.exists()
    with pytest.raises(Exception, match="numpy"):
        torch.save({"x": np.float64(1)}, tmp_path / "n.pt")
        torch.load(tmp_path / "n.pt", weights_only=True)


class Fitted:
    """An object that a training script may have saved beside its weights."""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"state_dict": {}, "x": Fitted()},
            r"holds a \S+Fitted; .* save model.state_dict\(\) alone",
        ),
        (nn.Linear(1, 1), r"holds a torch.nn.modules.linear.Linear; .* save model.state_dict\(\)"),
        ({"state_dict": {}, "x": collections.deque()}, r"holds a collections\.deque; .* alone"),
        ({"epoch": 3}, "has no state dict"),
        ([torch.ones(3)], "has no state dict"),
        (torch.ones(3), "has no state dict"),
        ({"state_dict": {"a": "b"}}, "a in its state dict is not a tensor"),
    ],
)
def test_what_is_no_state_dict_gets_a_sentence(tmp_path: Path, content: Any, message: str) -> None:
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(CheckpointError, match=f"^net.pth.*{message}"):
        read_weights([WeightFile("net.pth", tmp_path / "net.pth")])


def test_a_state_dict_of_numpy_arrays_is_read(tmp_path: Path) -> None:
    state = {"temporal_embedding": np.arange(3, dtype=">f4"), "b": np.ones(2, np.float16)}
    torch.save({"model_state_dict": state}, tmp_path / "net.pth")
    found = read_weights([WeightFile("net.pth", tmp_path / "net.pth")]).tensors
    assert torch.equal(found["temporal_embedding"], torch.arange(3.0))
    assert found["b"].dtype is torch.float16


@pytest.mark.parametrize("name", ["model.safetensors", "net.pth"])
def test_a_pointer_of_git_lfs_is_named(tmp_path: Path, name: str) -> None:
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (tmp_path / name).write_text(text)
    with pytest.raises(CheckpointError, match=r"pointer of Git LFS.*git lfs pull"):
        read_weights([WeightFile(name, tmp_path / name)])


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_program_is_named(tmp_path: Path) -> None:
    torch.jit.script(nn.Linear(1, 1)).save(str(tmp_path / "net.pt"))
    with pytest.raises(CheckpointError, match="TorchScript program"):
        read_weights([WeightFile("net.pt", tmp_path / "net.pt")])


def test_an_archive_of_another_kind_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "model.pth.tar"
    path.write_bytes(b"config.json" + bytes(1000))
    with pytest.raises(CheckpointError, match="is not a torch checkpoint") as error:
        read_weights([WeightFile(path.name, path)])
    assert str(error.value).isprintable()
