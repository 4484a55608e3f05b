"""The network reproduces what the authors' published code computed."""

import json
from pathlib import Path

import pytest
import torch
from einops import rearrange
from safetensors import safe_open

from fixviz import import_official_checkpoint
from fixviz.model.config import ModelConfig

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.safetensors"))
TOLERANCE = 1e-5


def load(path: Path) -> tuple[dict[str, torch.Tensor], ModelConfig]:
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        stated = json.loads(file.metadata()["config"])
    config = ModelConfig(
        attention="linear" if stated["attention"] == "relu" else stated["attention"],
        head_hidden=stated["dim"],
        **{
            name: stated[name]
            for name in (
                *("depth", "dim", "heads", "frames", "image_size", "num_classes", "patch"),
                *("stride", "mlp_ratio", "fixation", "shared_projection", "temporal_shift"),
                *("spatial_shift", "shift_div", "shift_segment", "form"),
            )
        },
    )
    return tensors, config


def build(tensors: dict[str, torch.Tensor], config: ModelConfig, folder: Path):
    """Through the importer, so that its names are tested too."""
    file = folder / "official.pyth"
    weights = {k.removeprefix("weight."): v for k, v in tensors.items() if k.startswith("weight.")}
    torch.save({"model_state": {f"module.{k}": v for k, v in weights.items()}}, file)
    return import_official_checkpoint(file, config)


def test_all_nine_golden_files_are_here() -> None:
    assert len(GOLDEN) == 9


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_reproduces_the_authors_numbers(path: Path, tmp_path: Path) -> None:
    tensors, config = load(path)
    model = build(tensors, config, tmp_path)
    with torch.inference_mode():
        trace = model.trace(tensors["input"])
        logits = model(tensors["input"])
    assert (logits - tensors["logits"]).abs().max() <= TOLERANCE
    assert (trace.logits - tensors["logits"]).abs().max() <= TOLERANCE
    for block in (0, 1):
        output = rearrange(trace.blocks[block].output, "b t y x c -> (b t) (y x) c")
        assert (output - tensors[f"block{block}"]).abs().max() <= TOLERANCE
    compared = 0
    for axis, pattern in {
        "temporal": "b t y x n d -> (b y x) t n d",
        "spatial": "b t y x n d -> (b t) (y x) n d",
    }.items():
        for which in ("query", "key"):
            name = (
                f"block0_{axis}_ratio"
                if config.shared_projection
                else f"block0_{axis}_{which}_ratio"
            )
            if config.fixation == "none":
                assert name not in tensors
                continue
            ratio = getattr(trace.blocks[0].attentions[axis], f"ratio_{which}")
            assert (rearrange(ratio, pattern) - tensors[name]).abs().max() <= TOLERANCE
            compared += 1
    assert compared == (0 if config.fixation == "none" else 4)
