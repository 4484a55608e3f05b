"""Which files hold the weights: one, or shards; what is missing or unclear is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixviz.errors import CheckpointError
from fixviz.model.weight_files import choose_weights, weight_files

SHARDS = tuple(f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3))
INDEX = "model.safetensors.index.json"


def index(*files: object) -> bytes:
    return json.dumps({"weight_map": {f"t{n}": file for n, file in enumerate(files)}}).encode()


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["config.json", "model.safetensors", "optimizer.pt"], ["model.safetensors"]),
        (["best.safetensors"], ["best.safetensors"]),
        (["Model.SafeTensors", *SHARDS], ["Model.SafeTensors"]),
        ([*SHARDS[::-1], "card.md"], SHARDS),
        ([*SHARDS, *(f"._{name}" for name in SHARDS), f"._{INDEX}"], SHARDS),
        ([*SHARDS, INDEX], SHARDS[:2]),
        (["a.safetensors", "model.bin"], ["a.safetensors"]),
        (["pytorch_model.bin", "training_args.bin"], ["pytorch_model.bin"]),
        (["pytorch_model-1.txt", "net.pth.tar"], ["net.pth.tar"]),
        (
            ["pytorch_model-00002-of-00002.bin", "pytorch_model-00001-of-00002.bin"],
            ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
        ),
        (["config.json"], []),
    ],
)
def test_the_files_that_hold_the_weights(names: list[str], chosen: list[str]) -> None:
    found = choose_weights(names, lambda name: index(*SHARDS[:2], SHARDS[0]))
    assert list(found) == list(chosen)


@pytest.mark.parametrize(
    ("names", "content", "message"),
    [
        ([SHARDS[0]], b"", f"'{SHARDS[0]}' is one of 3 shards, and {SHARDS[1]}, {SHARDS[2]} are missing"),
        (SHARDS[1:], b"", f"{SHARDS[0]} is missing"),
        ([INDEX, *SHARDS[:2]], index(*SHARDS), f"lists 3 files, and {SHARDS[2]} is missing"),
        ([INDEX], index("../model.safetensors"), "'../model.safetensors', which is not the name"),
        ([INDEX], index("..\\model.safetensors"), "not the name of a file beside it"),
        ([INDEX], index("/etc/passwd"), "not the name of a file beside it"),
        ([INDEX], index(".."), "not the name of a file beside it"),
        ([INDEX], index(7), "is not an index of shards|not the name of a file"),
        ([INDEX], index([7]), "is not an index of shards"),
        ([INDEX], index(), "lists 0 files"),
        ([INDEX], b"{", "is not an index of shards"),
        ([INDEX], b"[]", "is not an index of shards"),
        ([INDEX], b'{"weight_map": 3}', "is not an index of shards"),
        (["a.safetensors", "b.safetensors"], b"", r"Several files .* \(a.safetensors, b.safetensors\)"),
        ([*SHARDS, "other-00001-of-00001.safetensors"], b"", "Several files may be the weights"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unclear_is_named(
    names: list[str], content: bytes, message: str
) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        choose_weights(names, lambda name: content)
    assert str(caught.value).endswith(".")


def test_an_index_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "secret.safetensors").touch()
    (tmp_path / "model" / INDEX).write_bytes(index("../secret.safetensors"))
    with pytest.raises(CheckpointError, match="not the name of a file beside it"):
        weight_files(tmp_path / "model")
    (tmp_path / "model" / INDEX).write_bytes(index(*SHARDS))
    for name in SHARDS:
        (tmp_path / "model" / name).touch()
    assert weight_files(tmp_path / "model") == tuple(tmp_path / "model" / name for name in SHARDS)
