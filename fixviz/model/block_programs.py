"""Blocks compiled ahead of time for a processor: made by one process, loaded from a file by others.

The compiler of torch reads the traced path of a block, drops what `forward` does not return, fuses what is
left, and writes machine code for one clip of one shape. Weights are arguments, so that one program serves
all blocks that compute alike, of all checkpoints. Loading a program takes no compiler.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from fixviz.model.config import ModelConfig
from fixviz.model.layers import Block
from fixviz.model.shapes import Float

MOST_ERROR: Final = 1e-5
"""How far a program may be from the block itself, as a share of its largest output."""
_ROUNDS: Final = 7
_ROUND_S: Final = 0.2


@dataclass(frozen=True)
class BlockShape:
    """What a program is made for."""

    config: ModelConfig
    """`ModelConfig.of_block` of the block."""
    rows: int
    columns: int

    @classmethod
    def of(cls, block: Block, tokens: Float[Tensor, "B T h w D"]) -> BlockShape:
        """Return the shape of a block and the tokens that it is given."""
        return cls(block.config, *tokens.shape[2:4])

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"config": self.config.to_dict(), "rows": self.rows, "columns": self.columns}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> BlockShape:
        """Read what `to_dict` wrote."""
        config = ModelConfig.from_dict(values["config"])
        return cls(config, values["rows"], values["columns"])

    @property
    def name(self) -> str:
        """The name of its file: changes with the shape, and with whatever makes a program worthless."""
        about = json.dumps([self.to_dict(), circumstances()], sort_keys=True)
        return hashlib.sha256(about.encode()).hexdigest()[:32]


def circumstances() -> dict[str, Any]:
    """Return what a program depends on besides its shape: torch, processor, threads and the model's code."""
    return {
        "torch": torch.__version__,
        "processor": _processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "code": _code(),
    }


@cache
def _processor() -> str:
    """Return what Linux says of the first core, its features among it; elsewhere the machine's kind."""
    kept = (
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        "Features",
        "CPU part",
    )
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.system()} {platform.machine()} {platform.processor()}"
    lines = text.partition("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.partition(":")[0].strip() in kept)


@cache
def _code() -> str:
    """Return a hash of the modules that a block is made of."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class Program:
    """A compiled block, for any weights."""

    def __init__(self, file: Path) -> None:
        """Load it. Raises what torch raises for a file that is no program, such as RuntimeError."""
        self.run: Callable[..., Tensor] = torch._inductor.aoti_load_package(str(file))
        """As the module that was compiled."""

    def __call__(self, block: nn.Module, tokens: Float[Tensor, "B T h w D"]) -> Tensor:
        """Return the tokens after the block, clip by clip; tokens are contiguous float32 of its shape."""
        weights = tuple(block.parameters())
        outputs = [self.run(clip.unsqueeze(0), *weights) for clip in tokens]
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)


def compile_block(shape: BlockShape, file: Path) -> None:
    """Compile a block and write the program. Takes a compiler and a minute; raises what it raises."""
    write_program(*functional_block(shape), file)


def functional_block(shape: BlockShape) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """Return a block as a module that is given tokens and all weights, and arguments to try it with."""
    block, tokens = _example(shape)
    names, weights = zip(*block.named_parameters(), strict=True)

    class WithWeights(nn.Module):
        def forward(self, tokens: Tensor, *weights: Tensor) -> Tensor:
            named = dict(zip(names, weights, strict=True))
            output: Tensor = functional_call(block, named, (tokens,))
            return output

    return WithWeights(), (tokens, *weights)


@torch.no_grad()
def write_program(module: nn.Module, arguments: tuple[Tensor, ...], file: Path) -> None:
    """Compile a module for arguments of these shapes, and write the program."""
    program = torch.export.export(module, arguments, strict=False)
    torch._inductor.aoti_compile_and_package(program, package_path=str(file))


@torch.no_grad()
def _example(shape: BlockShape) -> tuple[Block, Tensor]:
    """Return a block with random weights, and a clip of noise."""
    generator = torch.Generator().manual_seed(0)
    config = shape.config
    block = Block(config, 0).eval().requires_grad_(False)
    for weight in block.parameters():
        if weight.dim() == 1:
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.1)
        else:
            fan_in = weight[0].numel()
            weight.copy_(torch.randn(weight.shape, generator=generator) * fan_in**-0.5)
    sizes = 1, config.frames, shape.rows, shape.columns, config.dim
    return block, torch.randn(sizes, generator=generator)


@dataclass(frozen=True)
class Trial:
    """How a program compares with the block itself."""

    error: float
    """Largest difference of the outputs, as a share of the largest output."""
    gain: float
    """How many times as fast it is, in processor time; the median of several rounds."""


@torch.inference_mode()
def try_program(shape: BlockShape, program: Program) -> Trial:
    """Run a program beside the block itself, in turn."""
    block, tokens = _example(shape)
    two = torch.cat([tokens, tokens.flip(1)])
    right, found = block(two), program(block, two)
    error = math.inf
    if found.shape == right.shape:
        error = float((found - right).abs().max() / right.abs().max())
    once = _seconds(lambda: block(tokens), 1)
    repeats = max(1, round(_ROUND_S / max(once, 1e-6)))
    ratios = [
        _seconds(lambda: block(tokens), repeats) / _seconds(lambda: program(block, tokens), repeats)
        for _ in range(_ROUNDS)
    ]
    return Trial(error, statistics.median(ratios))


def _seconds(run: Callable[[], object], repeats: int) -> float:
    began = time.process_time()
    for _ in range(repeats):
        run()
    return time.process_time() - began
