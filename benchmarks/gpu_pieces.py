"""What benchmarks/gpu.py measures, piece by piece; see there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from gpu_bench import PRECISIONS, VARIANTS, Bench, kernels_used
from gpu_timing import as_graph, exponent, kernels, timed
from torch import Tensor, nn

from fixviz.model import naive_network
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
    yield Piece("ceilings", 5, partial(_ceilings, bench))
    for variant in VARIANTS:
        yield Piece(f"clip/{variant}/eager", 8, partial(_clip_eager, bench, variant))
    for batch in reversed(bench.sizes.batches):
        for variant in VARIANTS:
            if bench.compiling:
                name = f"clip/{variant}/compiled/{batch}"
                yield Piece(name, 25, partial(_clip_compiled, bench, variant, batch, "bf16"))
    for variant in VARIANTS:
        yield Piece(f"kernels/{variant}", 8, partial(_kernels, bench, variant))
        yield Piece(f"attention/{variant}", 10, partial(_attention, bench, variant))
    for variant in VARIANTS:
        yield Piece(f"model/{variant}", 8, partial(_model, bench, variant))
    for variant in VARIANTS:
        yield Piece(f"parts/{variant}", 15, partial(_parts, bench, variant))
    for variant in VARIANTS:
        if bench.compiling:
            name = f"clip/{variant}/compiled fp32"
            batch = bench.sizes.batches[-1]
            yield Piece(name, 20, partial(_clip_compiled, bench, variant, batch, "fp32"))


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


def _clip_compiled(bench: Bench, variant: str, batch: int, precision: str) -> None:
    """Measure compiled blocks, with and without the kernels, each also as a CUDA graph."""
    right = _right(bench, variant, batch)
    model = bench.model(variant, precision)
    pixels = bench.pixels(model, batch, bench.sizes.image)
    about = {"variant": variant, "batch": batch, "precision": precision}
    for wanted in (True, False) if bench.has_kernels(variant, precision) else (False,):
        with kernels_used(wanted):
            torch._dynamo.reset()
            compiled = with_compiled_blocks(model, dynamic=False)
            for how, network in {"compiled": compiled, "eager": model}.items():
                name = how + " kernels" * wanted
                run = partial(network, pixels)
                if network is compiled:
                    bench.results["clip"].append(bench.measure(run, {**about, "how": name}, right))
                if bench.device.type == "cuda":
                    row = bench.measure(as_graph(run), {**about, "how": f"{name} graph"}, right)
                    bench.results["clip"].append(row)


def _kernels(bench: Bench, variant: str) -> None:
    model = bench.model(variant, "bf16")
    pixels = bench.pixels(model, bench.sizes.batches[-1], bench.sizes.image)
    found = bench.results["kernels"]
    for wanted in (True, False) if bench.has_kernels(variant, "bf16") else (False,):
        with kernels_used(wanted):
            name = f"{variant}/" + "kernels" * wanted
            found[f"{name}/eager"] = kernels(partial(model, pixels), bench.device)
            if bench.compiling:
                torch._dynamo.reset()
                compiled = with_compiled_blocks(model, dynamic=False)
                compiled(pixels)
                found[f"{name}/compiled"] = kernels(partial(compiled, pixels), bench.device)


def _parts(bench: Bench, variant: str) -> None:
    """Measure the parts of one block."""
    batch = bench.sizes.batches[-1]
    model = bench.model(variant, "bf16")
    tokens = model.embed(bench.pixels(model, batch, bench.sizes.image))
    block = model.blocks[1]
    parts: dict[str, nn.Module] = {**dict(block.attentions.items()), "mlp": block.mlp}  # type: ignore[operator, dict-item, union-attr]
    for part, module in {**parts, "block": block}.items():
        runs: dict[str, tuple[Any, bool]] = {"eager": (module, False)}
        if bench.has_kernels(variant, "bf16"):
            runs["kernels"] = (module, True)
        if bench.compiling:
            runs["compiled"] = (torch.compile(module, dynamic=False), False)
        for how, (run, wanted) in runs.items():
            torch._dynamo.reset()
            about = {"variant": variant, "batch": batch, "part": part, "how": how}
            with kernels_used(wanted):
                bench.results["parts"].append(bench.measure(partial(run, tokens), about))


def _attention(bench: Bench, variant: str) -> None:
    """Measure one attention layer (with its projections, without neighbors) against tokens."""
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
                if explicit and batch * count**2 * config.heads > 2**33:
                    continue  # The scores alone would take 16 GB, several times over.
                about = {"variant": variant, "batch": batch, "tokens": count, "how": how}
                with kernels_used(wanted):
                    row = bench.measure(partial(run, tokens), about)
                bench.results["attention"].append(row)
    _fit(bench, "attention", variant)


def _model(bench: Bench, variant: str) -> None:
    """Measure the whole network against tokens: larger frames, and more frames."""
    sizes = bench.sizes
    points = [("size", side, bench.config(variant).frames) for side in sizes.image_sizes]
    points += [("frames", sizes.image, frames) for frames in sizes.frames]
    for along, side, frames in points:
        segment = math.gcd(frames, bench.config("fixation").shift_segment or frames)
        model = bench.model(variant, "bf16", frames=frames, shift_segment=segment)
        for batch in sizes.batches:
            pixels = bench.pixels(model, batch, side)
            tokens = frames * (side // model.config.stride + 1) ** 2
            for wanted in (False, True) if bench.has_kernels(variant, "bf16") else (False,):
                about = {"variant": variant, "along": along, "batch": batch, "tokens": tokens}
                with kernels_used(wanted):
                    how = "kernels" if wanted else "eager"
                    row = bench.measure(partial(model, pixels), {**about, "how": how})
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
