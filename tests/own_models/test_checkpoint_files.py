"""ZIPs, shards and torch files as other programs and systems write them: taken, or one sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save

from fixviz.errors import CheckpointError
from fixviz.model.checkpoints import load_model
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import OwnModels
from fixviz.settings import Settings
from tests.own_models.checkpoints import CONFIG, files_of, zipped

Check = Callable[..., Path]
File = tuple[str, bytes]


def same(folder: Path, tiny: Path) -> bool:
    """Whether a kept checkpoint holds the weights and the configuration of `tiny`."""
    kept, made = load_model(folder, "cpu"), load_model(tiny, "cpu")
    state = made.state_dict()
    return kept.config == CONFIG and all(
        torch.equal(tensor, state[name]) for name, tensor in kept.state_dict().items()
    )


class Entry(zipfile.ZipInfo):
    """An entry whose name is written as it is, in the encoding of old Windows or of the web."""

    encoding = "cp437"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode(self.encoding), 0x800 if self.encoding == "utf-8" else 0


def windows_zip(*entries: File, encoding: str = "cp437") -> bytes:
    """A ZIP as .NET and others wrote it: names and folders as they are, also with backslashes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = Entry("x")
            info.filename, info.create_system, info.encoding = name, 0, encoding
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


JUNK = [
    ("__MACOSX/._tiny", b"\0"),
    ("__MACOSX/tiny/._config.json", b"\0"),
    ("__MACOSX/tiny/config.json", b"\0"),
    ("__MACOSX/tiny/model.safetensors", b"\0"),
    ("tiny/._model.safetensors", b"\0"),
    ("tiny/Thumbs.db", b"\0"),
    ("tiny/desktop.ini", b"\0"),
    ("tiny/.DS_Store", b"\0"),
    ("tiny/@eaDir/model.safetensors", b"\0"),
]


@pytest.mark.parametrize("folder", ["", "tiny\\", "Users\\Ann\\tiny\\", "größe\\", "tiny/"])
@pytest.mark.parametrize("encoding", ["cp437", "utf-8"])
def test_a_zip_made_on_windows_is_unpacked(check: Check, tiny: Path, folder: str, encoding) -> None:
    outer = [(folder, b"")] if folder else []
    data = windows_zip(*outer, *files_of(tiny, folder), encoding=encoding)
    assert folder.encode(encoding) in data
    assert same(check(("tiny.zip", data)), tiny)


def test_what_file_managers_add_to_a_zip_is_passed_over(check: Check, tiny: Path) -> None:
    assert same(check(("tiny.zip", zipped(*JUNK, *files_of(tiny, "tiny/")))), tiny)


def test_the_same_with_backslashes_and_capital_letters(check: Check, tiny: Path) -> None:
    files = [(name.upper().replace("/", "\\"), d) for name, d in (*JUNK, *files_of(tiny, "tiny/"))]
    assert same(check(("TINY.ZIP", windows_zip(*files))), tiny)


@pytest.mark.parametrize(
    "name",
    ["..\\config.json", "tiny\\..\\..\\x", "C:\\x\\config.json", "\\x\\config.json", "\\\\host\\x"],
)
def test_backslashes_do_not_lead_outside(check: Check, tiny: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="leads outside"):
        check(("evil.zip", windows_zip(*files_of(tiny), (name, b"{}"))))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_configuration_saved_by_windows_is_read(check: Check, tiny: Path, encoding: str) -> None:
    config = (tiny / "config.json").read_text().replace("\n", "\r\n").encode(encoding)
    weights = ("model.safetensors", (tiny / "model.safetensors").read_bytes())
    assert same(check(("t.zip", zipped(weights, ("config.json", config)))), tiny)


def test_a_folder_of_training_in_a_zip_is_found_by_what_it_holds(check: Check, tiny: Path) -> None:
    beside = [
        ("run/logs/config.json", b"{}"),
        ("run/optimizer.pt", b"x" * 99),
        ("run/best/tokenizer.json", b"{}"),
    ]
    data = zipped(*beside, *files_of(tiny, "run/best/"))
    assert same(check(("run.zip", data)), tiny)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("a/config.json", b"{}"), ("b/model.safetensors", b"x")], "in different folders"),
        (
            [(f"{f}/{n}", b"x") for f in "ab" for n in ("config.json", "model.safetensors")],
            "holds 2 folders with a checkpoint",
        ),
        ([("config.json", b"{}"), ("a.txt", b"x")], "has no model.safetensors"),
        ([("a\\Config.json", b"{}"), ("a/config.json", b"{}")], "config.json more than once"),
    ],
)
def test_a_zip_without_one_clear_checkpoint_gets_a_sentence(check, entries, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        check(("m.zip", zipped(*entries)))


def shards(tiny: Path, kind: str = "safetensors") -> tuple[list[File], File]:
    """Three shards, and their index."""
    state = load_file(tiny / "model.safetensors")
    files: list[File] = []
    weight_map: dict[str, str] = {}
    for n in range(3):
        name = f"model-0000{n + 1}-of-00003.{kind}"
        part = {key: tensor for i, (key, tensor) in enumerate(state.items()) if i % 3 == n}
        weight_map |= dict.fromkeys(part, name)
        files.append((name, save(part) if kind == "safetensors" else torch_file(part)))
    return files, (f"model.{kind}.index.json", json.dumps({"weight_map": weight_map}).encode())


def torch_file(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
@pytest.mark.parametrize("way", ["files", "zip", "without index"])
def test_shards_load_and_become_one_file(check: Check, tiny: Path, way: str, kind: str) -> None:
    parts, index = shards(tiny, kind)
    config = ("config.json", (tiny / "config.json").read_bytes())
    files = [*parts[::-1], config, *([] if way == "without index" else [index])]
    if way == "zip":
        files = [("big.zip", zipped(*[(f"big/{name}", data) for name, data in files]))]
    folder = check(*files)
    assert same(folder, tiny)
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.safetensors"]


@pytest.mark.parametrize("way", ["files", "zip"])
@pytest.mark.parametrize("with_index", [True, False])
def test_a_missing_shard_is_named(check: Check, tiny: Path, way: str, with_index: bool) -> None:
    parts, index = shards(tiny)
    files = [parts[0], parts[2], ("config.json", (tiny / "config.json").read_bytes())]
    files += [index] if with_index else []
    files = [("big.zip", zipped(*files))] if way == "zip" else files
    with pytest.raises(CheckpointError, match=r"model-00002-of-00003.safetensors is missing"):
        check(*files)


def test_an_index_in_a_zip_does_not_lead_out_of_its_folder(check: Check, tiny: Path) -> None:
    index = json.dumps({"weight_map": {"norm.weight": "../other/model.safetensors"}}).encode()
    entries = [
        ("a/config.json", (tiny / "config.json").read_bytes()),
        ("a/model.safetensors.index.json", index),
        ("a/model-00001-of-00001.safetensors", b"x"),
        ("other/model.safetensors", (tiny / "model.safetensors").read_bytes()),
    ]
    with pytest.raises(
        CheckpointError, match=r"'../other/model.safetensors', which is not the name"
    ):
        check(("m.zip", zipped(*entries)))


def test_shards_together_keep_to_the_limit(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", max_checkpoint_mb=2)
    loader = CheckpointLoader(OwnModels(settings))
    half = bytes(1_200_000)
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match=r"All files together .* limit of 2 MB"):
        loader.start([(name, io.BytesIO(half)) for name in names], "a" * 22)
    bomb = zipped(("config.json", b"{}"), *((name, half) for name in names))
    started = loader.start([("bomb.zip", io.BytesIO(bomb))], "a" * 22)
    assert "limit of 2 MB" in str(loader.wait(started, 60).error)


WAYS: dict[str, Callable[[dict], object]] = {
    "bare": lambda state: state,
    "module": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "lightning": lambda state: {
        "pytorch-lightning_version": "2.4.0",
        "hyper_parameters": {"lr": np.float64(1e-3)},
        "state_dict": {f"network._orig_mod.{name}": tensor for name, tensor in state.items()},
    },
    "beside numpy": lambda state: {
        "model_state_dict": state,
        "epoch": np.int64(3),
        "best": np.float32(0.9),
        "losses": np.arange(3.0),
    },
    "half": lambda state: {"model": {name: tensor.double() for name, tensor in state.items()}},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["net.pth", "net.pt", "pytorch_model.bin", "last.ckpt", "n.pth.tar"]
)
def test_a_torch_file_with_our_names_loads_with_its_configuration(
    check: Check, tiny: Path, name: str, way: str
) -> None:
    content = torch_file(WAYS[way](load_file(tiny / "model.safetensors")))
    config = ("config.json", (tiny / "config.json").read_bytes())
    assert same(check((name, content), config), tiny)


def test_a_torch_file_with_our_names_needs_its_configuration(check: Check, tiny: Path) -> None:
    content = torch_file(load_file(tiny / "model.safetensors"))
    with pytest.raises(CheckpointError, match=r"'net\.pth' comes without its configuration"):
        check(("net.pth", content))


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_program_is_named(check: Check, tiny: Path) -> None:
    program = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), program)
    config = ("config.json", (tiny / "config.json").read_bytes())
    with pytest.raises(CheckpointError, match=r"'net\.pt' is a TorchScript program"):
        check(("net.pt", program.getvalue()), config)


def test_tensors_that_share_memory_are_kept(check: Check, tiny: Path) -> None:
    state = load_file(tiny / "model.safetensors")
    both = torch.cat([state["norm.weight"], state["norm.bias"]])
    state["norm.weight"], state["norm.bias"] = both[:16], both[16:]
    config = ("config.json", (tiny / "config.json").read_bytes())
    assert same(check(("net.pth", torch_file(state)), config), tiny)


def test_weights_of_a_wrapped_network_and_in_eight_bits_are_kept_as_they_are(
    check: Check, tiny: Path
) -> None:
    state = load_file(tiny / "model.safetensors")
    small = {f"_orig_mod.{name}": t.to(torch.float8_e4m3fn) for name, t in state.items()}
    config = ("config.json", (tiny / "config.json").read_bytes())
    folder = check(("best.safetensors", save(small)), config)
    assert (folder / "model.safetensors").read_bytes() == save(small)
    kept = load_model(folder, "cpu").state_dict()
    for name, tensor in state.items():
        assert torch.equal(kept[name], tensor.to(torch.float8_e4m3fn).float())


def test_a_zip_with_the_authors_file_is_imported(check: Check) -> None:
    golden = load_file(Path(__file__).parents[1] / "golden" / "vanilla_linear.safetensors")
    state = {f"module.{k[7:]}": v for k, v in golden.items() if k.startswith("weight.")}
    fields = {
        "attention": "linear", "heads": 4, "stride": 14, "image_size": 56,
        "spatial_shift": False, "temporal_shift": False,
    }  # fmt: skip
    content = torch_file({"model_state": state, "best_acc": np.float64(70.1)})
    entries = [("theirs\\net.pyth", content), ("theirs\\config.json", json.dumps(fields).encode())]
    network = load_model(check(("theirs.zip", windows_zip(*entries))), "cpu")
    with torch.inference_mode():
        assert (network(golden["input"]) - golden["logits"]).abs().max() < 1e-5
