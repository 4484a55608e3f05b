"""Models and rows of results for benchmarks/gpu.py and benchmarks/cpu.py."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import torch
from gpu_timing import as_launched, memory, relative_error, timed
from torch import Tensor

from fixviz.model import inference
from fixviz.model.config import ModelConfig, preset
from fixviz.model.transformer import VideoTransformer

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "fixation": {},
    "linear": {"fixation": "none", "spatial_shift": False, "temporal_shift": False},
    "softmax": {
        "attention": "softmax",
        "fixation": "none",
        "spatial_shift": False,
        "temporal_shift": False,
    },
}
"""Changes of the preset official-b16. Linear and softmax are the paper's baselines: without neighbors."""
PRECISIONS: Final = {"bf16": torch.bfloat16, "fp32": torch.float32}
_TOY: Final = {"dim": 64, "depth": 2, "heads": 4, "frames": 4, "num_classes": 5, "head_hidden": 16}


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    image: int
    batches: tuple[int, ...]
    attention_tokens: tuple[int, ...]
    image_sizes: tuple[int, ...]
    frames: tuple[int, ...]
    matrix: int
    seconds: float
    """Repeats of one measurement, together."""


_FULL = Sizes(
    image=224,
    batches=(1, 8),
    attention_tokens=tuple(2**n for n in range(10, 17)),
    image_sizes=(112, 224, 448, 896),
    frames=(4, 16, 64, 224),
    matrix=8192,
    seconds=0.3,
)
_SMALL = Sizes(
    image=56,
    batches=(1, 2),
    attention_tokens=(16, 64),
    image_sizes=(28, 56),
    frames=(4, 8),
    matrix=64,
    seconds=0.005,
)


class Bench:
    """Hold the results, and models in the form that a piece asks for."""

    def __init__(self, device: str, *, toy: bool, compiling: bool) -> None:
        chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        self.device = torch.device(chosen)
        self.sizes, self.toy, self.compiling = (_SMALL if toy else _FULL), toy, compiling
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch._dynamo.config.recompile_limit = 64
        self.results: dict[str, Any] = {
            "format": 1,
            "about": self._about(),
            "ceilings": {},
            "clip": [],
            "attention": [],
            "model": [],
            "launches": [],
            "chosen": {},
            "exponents": {},
            "kernels": {},
            "failures": [],
            "left_out": [],
        }

    def _about(self) -> dict[str, Any]:
        gpu = self.device.type == "cuda"
        config = self.config("fixation")
        return {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "device": torch.cuda.get_device_name(self.device) if gpu else platform.machine(),
            "memory_bytes": torch.cuda.get_device_properties(self.device).total_memory
            if gpu
            else None,
            "threads": None if gpu else torch.get_num_threads(),
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "python": platform.python_version(),
            "toy": self.toy,
            "config": config.to_dict(),
            "image": self.sizes.image,
            "tokens": config.frames * (self.sizes.image // config.stride + 1) ** 2,
        }

    def do(self, name: str, run: Callable[[], None]) -> None:
        """Run a piece; what fails is noted, and the others go on."""
        try:
            with torch.no_grad():
                run()
        except Exception as error:  # Running out of memory, a compiler's failure: all are results.
            self.results["failures"].append(
                {"piece": name, "error": f"{type(error).__name__}: {error}"[:500]}
            )
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.empty_cache()

    def config(self, variant: str, **changes: Any) -> ModelConfig:
        """Return the configuration of a variant."""
        toy: dict[str, Any] = {}
        if self.toy:
            toy = {**_TOY, "shift_segment": 2}
        return replace(preset("official-b16"), **{**toy, **VARIANTS[variant], **changes})

    def model(self, variant: str, precision: str, **changes: Any) -> VideoTransformer:
        """Return a network with random weights, always the same ones."""
        torch.manual_seed(0)
        with self.device:
            model = VideoTransformer(self.config(variant, **changes))
        return model.eval().requires_grad_(False).to(self.device, PRECISIONS[precision])

    def pixels(self, model: VideoTransformer, batch: int, size: int) -> Tensor:
        """Return clips of noise in -1..1, in the model's number format."""
        generator = torch.Generator().manual_seed(batch)
        shape = (batch, model.config.frames, 3, size, size)
        noise = torch.rand(shape, generator=generator) * 2 - 1
        return noise.to(self.device, next(model.parameters()).dtype)

    def has_kernels(self, variant: str, precision: str) -> bool:
        """Tell whether the network has its own GPU kernels of a variant here."""
        linear = self.config(variant).attention == "linear"
        return bool(
            inference.KERNELS and self.device.type == "cuda" and linear and precision == "bf16"
        )

    def measure(
        self,
        run: Callable[[], Tensor],
        about: dict[str, Any],
        right: Tensor | None = None,
        *,
        graph: bool = False,
    ) -> dict[str, Any]:
        """Return one row of results: what is said of it, times, memory and error.

        graph: time it as a CUDA graph, where there is a GPU.
        """
        row = dict(about)
        found = run()
        if not bool(torch.isfinite(found).all()):
            raise ArithmeticError(f"{about} is not finite")
        if right is not None:
            row["relative_error"] = relative_error(found, right)
        del found
        row["peak_bytes"] = memory(run, self.device)
        if graph and self.device.type == "cuda":
            torch.cuda.empty_cache()  # A graph has memory of its own, and cannot ask for this one's.
        launched = as_launched(run, self.device) if graph else run
        row |= asdict(timed(launched, self.device, self.sizes.seconds))
        return row


@contextmanager
def kernels_used(wanted: bool) -> Iterator[None]:
    """Have the network use its own GPU kernels, or not."""
    before = inference.KERNELS
    inference.KERNELS = before if wanted else None
    try:
        yield
    finally:
        inference.KERNELS = before
