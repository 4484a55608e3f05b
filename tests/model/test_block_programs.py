"""Compiled blocks give the numbers of the blocks themselves, for every variant and whatever their weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fixviz.model.block_programs import (
    MOST_ERROR,
    BlockShape,
    Program,
    functional_block,
    write_program,
)
from fixviz.model.config import ModelConfig, preset
from fixviz.model.layers import Block
from fixviz.model.transformer import VideoTransformer

compiles = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None,
    reason="no C++ compiler is installed",
)
SIZES = dict(dim=32, depth=2, heads=4, frames=6, patch=6, stride=5, num_classes=7)
SHIFTS = dict(spatial_shift=True, temporal_shift=True)
VARIANTS = {
    "softmax": dict(attention="softmax"),
    "linear": dict(),
    "fixation": dict(fixation="cooperative", **SHIFTS),
    "separate": dict(fixation="separate", shift_segment=2, shift_div=5, **SHIFTS),
    "joint": dict(fixation="cooperative", shared_projection=True, form="joint"),
}
ROWS, COLUMNS = 3, 7


def network(**changes) -> VideoTransformer:
    torch.manual_seed(0)
    model = VideoTransformer(ModelConfig(**{**SIZES, **changes})).eval().requires_grad_(False)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):  # What a fold reads outside is 0 and no bias.
            nn.init.normal_(weight, std=0.3)
    return model


def clips(count: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, SIZES["frames"], 3, 11, 31, generator=generator)


class AllVariants(nn.Module):
    """All variants in one program, which takes a fifth of the time of one for each."""

    def __init__(self, modules: list[nn.Module], counts: list[int]) -> None:
        super().__init__()
        self.variants, self.counts = nn.ModuleList(modules), counts

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        parts = iter(arguments)
        found = []
        for module, count in zip(self.variants, self.counts, strict=True):
            found.append(module(*(next(parts) for _ in range(count))))
        return tuple(found)


@compiles
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_programs_give_what_blocks_with_other_weights_give(tmp_path: Path) -> None:
    models = [network(**changes) for changes in VARIANTS.values()]
    made = [
        functional_block(BlockShape(model.config.of_block(1), ROWS, COLUMNS)) for model in models
    ]
    modules, examples = [module for module, _ in made], [given for _, given in made]
    together = AllVariants(modules, [len(given) for given in examples])
    write_program(together, tuple(x for given in examples for x in given), tmp_path / "all.pt2")
    program = Program(tmp_path / "all.pt2")
    tokens = [model.embed(clips(1)) for model in models]
    with torch.inference_mode():
        blocks = [model.blocks[1] for model in models]
        right = [block(x) for block, x in zip(blocks, tokens, strict=True)]
        given = [(x, *block.parameters()) for block, x in zip(blocks, tokens, strict=True)]
        found = program.run(*(x for part in given for x in part))
    for name, one, other, x in zip(VARIANTS, found, right, tokens, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5, msg=name)
        assert (other - x).std() > 0.05, "the block changes its tokens"


@compiles
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_network_with_compiled_blocks_shares_its_weights_and_gives_the_same_numbers() -> None:
    # In a process of its own: the compiler does not read functions whose shapes are checked.
    code = """
import torch
from fixviz.model.compiling import with_compiled_blocks
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

torch.manual_seed(0)
config = ModelConfig(
    **dict(dim=32, depth=2, heads=4, frames=6, patch=6, stride=5, fixation="cooperative"),
    **dict(spatial_shift=True, temporal_shift=True),
)
model = VideoTransformer(config).eval().requires_grad_(False)
compiled = with_compiled_blocks(model, dynamic=False)
pixels = torch.randn(1, 6, 3, 11, 31)
for _ in range(2):
    right, found = model.features(pixels), compiled.features(pixels)
    torch.testing.assert_close(found, right, rtol=1e-5, atol=1e-5)
    for weight in model.blocks.parameters():
        weight.mul_(1.3)
assert not torch.allclose(model.features(pixels), right, atol=1e-3)
print(type(compiled.blocks[0]).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "OptimizedModule"


def test_blocks_that_compute_alike_have_one_shape_and_its_name_tells_all_others_apart() -> None:
    config = preset("official-b16", shift_blocks=(3, 11))
    blocks = [config.of_block(index) for index in range(config.depth)]
    assert blocks[3] == blocks[11] != blocks[0] == blocks[1]
    assert not blocks[0].spatial_shift and blocks[0].shift_segment == 8
    assert config.of_block(0) == preset(
        "official-b16", depth=1, shift_blocks=(), num_classes=3
    ).of_block(0)
    shapes = [
        BlockShape(c, rows, columns) for c in blocks[2:4] for rows, columns in ((5, 7), (7, 5))
    ]
    names = {shape.name for shape in shapes}
    assert len(names) == 4
    assert all(BlockShape.from_dict(shape.to_dict()) == shape for shape in shapes)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert BlockShape(blocks[3], 5, 7).name not in names
    finally:
        torch.set_num_threads(threads)


def test_a_block_knows_what_it_computes() -> None:
    model = network(**VARIANTS["fixation"], shift_blocks=(1,))
    first, second = (block for block in model.blocks if isinstance(block, Block))
    assert first.config != second.config
    alone = Block(second.config, 0)
    alone.load_state_dict(second.state_dict())
    tokens = model.embed(clips())
    with torch.no_grad():
        assert torch.equal(alone(tokens), second(tokens))
    assert MOST_ERROR <= 1e-5
