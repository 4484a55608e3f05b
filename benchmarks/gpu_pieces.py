"""What benchmarks/gpu.py measures, piece by piece; see there."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from gpu_bench import PRECISIONS, VARIANTS, Bench, kernels_used
from gpu_timing import as_graph, exponent, kernels, relative_error, timed
from torch import Tensor

from fixviz.model import inference, naive_network
from fixviz.model.compiling import with_compiled_blocks
from fixviz.model.layers import Attention


@dataclass(frozen=True)
class Piece:
    """One thing to measure."""

    name: str
    expected_s: float
    """About how long it takes on a GPU, compiling included."""
    run: Callable[[], None]


def pieces(bench: Bench) -> Iterator[Piece]:
    """Yield all pieces, the most telling first."""
    yield Piece("ceilings", 13, partial(_ceilings, bench))
    for variant in ("fixation", "linear"):
        if bench.has_kernels(variant, "bf16"):
            yield Piece(f"launches/{variant}", 40, partial(_launches, bench, variant))
    for variant in VARIANTS:
        yield Piece(f"clip/{variant}/eager", 20, partial(_clip_eager, bench, variant))
    for batch in reversed(bench.sizes.batches):
        for variant in VARIANTS:
            if bench.compiling:
                name = f"clip/{variant}/compiled/{batch}"
                yield Piece(name, 20, partial(_clip_compiled, bench, variant, batch))
    for variant in VARIANTS:
        yield Piece(f"attention/{variant}", 15, partial(_attention, bench, variant))
    for variant in VARIANTS:
        yield Piece(f"kernels/{variant}", 5, partial(_kernels, bench, variant))
    for variant in VARIANTS:
        yield Piece(f"model/{variant}", 20, partial(_model, bench, variant))


def _launches(bench: Bench, variant: str) -> None:
    """Try each way to launch the kernels on both layers of a block, and keep the fastest right one."""
    fused = inference.KERNELS
    assert fused is not None
    block = bench.model(variant, "bf16").blocks[0]
    config = bench.config(variant)
    side = bench.sizes.image // config.stride + 1
    kind = " with fixation" if config.fixation != "none" else ""
    for axis, names in (("temporal", ("short",)), ("spatial", ("sums", "outputs"))):
        layer: Any = block.attentions[axis]  # type: ignore[index]
        shape = (bench.sizes.batches[-1], config.frames, side, side, 3 * config.dim)
        projected = torch.randn(shape, device=bench.device).to(torch.bfloat16)
        few = projected[:1].float()
        exact = copy.deepcopy(layer).float().trace_from(*few.chunk(3, -1)).mixed.flatten(-2)

        def run(layer: Any = layer, projected: Tensor = projected, axis: Any = axis) -> Tensor:
            mixed: Tensor = fused.fused_linear_attention(
                *(projected, layer.heads, axis, layer.folds, layer.neighbors),
                *(layer.segment, layer.fixation),
            )
            return mixed

        for name in names:
            kernel, before = name + kind, fused.CHOSEN[name + kind]
            best = math.inf
            for launch in fused.LAUNCHES:
                previous, fused.CHOSEN[kernel] = fused.CHOSEN[kernel], launch
                row = {"kernel": kernel, **launch._asdict()}
                try:
                    row["relative_error"] = relative_error(run()[:1], exact)
                    row |= asdict(timed(as_graph(run), bench.device, 0.05))
                except Exception as error:  # Too much shared memory, for one.
                    row["error"] = f"{type(error).__name__}: {error}"[:300]
                right = row.get("relative_error", math.inf) < 0.01
                if right and row.get("median_ms", math.inf) < best:
                    best = row["median_ms"]
                else:
                    fused.CHOSEN[kernel] = previous
                bench.results["launches"].append(row)
            if best == math.inf:
                fused.CHOSEN[kernel] = before
            bench.results["chosen"][kernel] = fused.CHOSEN[kernel]._asdict()


def _ceilings(bench: Bench) -> None:
    """Measure the most that this machine copies and multiplies, on random numbers."""
    n, device = bench.sizes.matrix, bench.device
    source = torch.randn(8 * n, 4 * n, device=device)
    target = torch.empty_like(source)
    ms = timed(lambda: target.copy_(source), device, bench.sizes.seconds).median_ms
    bench.results["ceilings"]["copy_bytes_per_s"] = 2 * source.nbytes / ms * 1000
    for name, dtype in PRECISIONS.items():
        a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
        ms = timed(lambda a=a, b=b: a @ b, device, bench.sizes.seconds).median_ms  # type: ignore[misc]
        bench.results["ceilings"][f"{name}_flop_per_s"] = 2 * n**3 / ms * 1000


def _right(bench: Bench, variant: str, batch: int) -> Tensor:
    """Return the reference's logits in float64."""
    model = bench.model(variant, "fp32").double()
    weights = dict(model.state_dict())
    pixels = bench.pixels(bench.model(variant, "fp32"), batch, bench.sizes.image).double()
    return naive_network.logits(weights, model.config, pixels)


def _clip_eager(bench: Bench, variant: str) -> None:
    for batch in bench.sizes.batches:
        right = _right(bench, variant, batch)
        for precision in PRECISIONS:
            model = bench.model(variant, precision)
            weights = dict(model.state_dict())
            pixels = bench.pixels(model, batch, bench.sizes.image)
            about = {"variant": variant, "batch": batch, "precision": precision}
            runs: dict[str, Callable[[], Tensor]] = {
                "reference": lambda: naive_network.logits(weights, model.config, pixels),  # noqa: B023
                "traced": lambda: model.trace(pixels).logits,  # noqa: B023
                "eager": lambda: model(pixels),  # noqa: B023
            }
            for how, run in runs.items():
                with kernels_used(False):
                    bench.results["clip"].append(bench.measure(run, {**about, "how": how}, right))
            if bench.has_kernels(variant, precision):
                row = bench.measure(runs["eager"], {**about, "how": "kernels"}, right)
                bench.results["clip"].append(row)


def _clip_compiled(bench: Bench, variant: str, batch: int) -> None:
    """Measure compiled blocks in bfloat16, with the kernels where there are any, also as a CUDA graph."""
    right = _right(bench, variant, batch)
    model = bench.model(variant, "bf16")
    pixels = bench.pixels(model, batch, bench.sizes.image)
    about = {"variant": variant, "batch": batch, "precision": "bf16"}
    name = "compiled" + " kernels" * bench.has_kernels(variant, "bf16")
    torch._dynamo.reset()
    run = partial(with_compiled_blocks(model, dynamic=False), pixels)
    bench.results["clip"].append(bench.measure(run, {**about, "how": name}, right))
    if bench.device.type == "cuda":
        row = bench.measure(as_graph(run), {**about, "how": f"{name} graph"}, right)
        bench.results["clip"].append(row)


def _kernels(bench: Bench, variant: str) -> None:
    model = bench.model(variant, "bf16")
    pixels = bench.pixels(model, bench.sizes.batches[-1], bench.sizes.image)
    found = bench.results["kernels"]
    name = f"{variant}/" + "kernels" * bench.has_kernels(variant, "bf16")
    found[f"{name}/eager"] = kernels(partial(model, pixels), bench.device)
    if bench.compiling:
        torch._dynamo.reset()
        compiled = with_compiled_blocks(model, dynamic=False)
        compiled(pixels)
        found[f"{name}/compiled"] = kernels(partial(compiled, pixels), bench.device)


def _attention(bench: Bench, variant: str) -> None:
    """Measure one attention layer (projections too, no neighbors) against tokens, as a CUDA graph."""
    config = bench.config(variant, form="joint", spatial_shift=False, temporal_shift=False)
    torch.manual_seed(0)
    layer = Attention(config, "joint", 0).eval().requires_grad_(False)
    layer = layer.to(bench.device, torch.bfloat16)
    weights = {f"blocks.0.attentions.joint.{k}": w for k, w in layer.state_dict().items()}
    reference = partial(naive_network.attention, weights, config, 0, "joint")
    runs: dict[str, tuple[Callable[[Tensor], Tensor], bool]] = {"eager": (layer, False)}
    if bench.has_kernels(variant, "bf16"):
        runs["kernels"] = (layer, True)
    runs["reference"] = (reference, False)
    for batch in bench.sizes.batches:
        for count in bench.sizes.attention_tokens:
            tokens = torch.randn(batch, 1, 1, count, config.dim, device=bench.device)
            tokens = tokens.to(torch.bfloat16)
            for how, (run, wanted) in runs.items():
                explicit = how == "reference" and variant == "softmax"
                if explicit and batch * count**2 * config.heads > 2**31:
                    continue  # The scores alone would take more than 4 GB, several times over.
                about = {"variant": variant, "batch": batch, "tokens": count, "how": how}
                with kernels_used(wanted):
                    row = bench.measure(partial(run, tokens), about, graph=True)
                bench.results["attention"].append(row)
    _fit(bench, "attention", variant)


def _model(bench: Bench, variant: str) -> None:
    """Measure the whole network against tokens, as a CUDA graph: larger frames, and more frames."""
    sizes = bench.sizes
    points = [("size", side, bench.config(variant).frames) for side in sizes.image_sizes]
    points += [("frames", sizes.image, frames) for frames in sizes.frames]
    for along, side, frames in points:
        segment = math.gcd(frames, bench.config("fixation").shift_segment or frames)
        model = bench.model(variant, "bf16", frames=frames, shift_segment=segment)
        for batch in sizes.batches:
            pixels = bench.pixels(model, batch, side)
            tokens = frames * (side // model.config.stride + 1) ** 2
            for wanted in (True,) if bench.has_kernels(variant, "bf16") else (False,):
                about = {"variant": variant, "along": along, "batch": batch, "tokens": tokens}
                with kernels_used(wanted):
                    how = "kernels" if wanted else "eager"
                    row = bench.measure(partial(model, pixels), {**about, "how": how}, graph=True)
                bench.results["model"].append(row)
    _fit(bench, "model", variant)


def _fit(bench: Bench, what: str, variant: str) -> None:
    """Fit time against tokens: over all, and over the larger half, where no launch is waited for."""
    rows = [row for row in bench.results[what] if row["variant"] == variant and row["batch"] == 1]
    for how, along in {(row["how"], row.get("along", "")) for row in rows}:
        points = sorted(
            (row["tokens"], row["median_ms"])
            for row in rows
            if row["how"] == how and row.get("along", "") == along
        )
        name = "/".join(filter(None, (what, along, variant, how)))
        bench.results["exponents"][name] = {
            "all": exponent(points),
            "larger": exponent(points[len(points) // 2 - (len(points) % 2 == 0) :]),
            "points": len(points),
        }
