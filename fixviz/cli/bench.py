"""Define `fixviz bench`, which measures what attention costs on this machine."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

import click

from fixviz.attention_cost.kinds import CHEAPER, KINDS
from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.attention_cost.shape import FRAMES, SHAPES, AttentionShape, checked_tokens
from fixviz.errors import OptionError
from fixviz.evaluation.terminal import aligned
from fixviz.reading.texts import attention_cost as texts

_COLUMNS: Final = (
    "attention",
    "tokens",
    "time",
    "±",
    "memory",
    "multiply-adds",
    "speed",
    "of roof",
)


@click.command(name="bench")
@click.option(
    "--shape",
    type=click.Choice(list(SHAPES)),
    default="small",
    show_default=True,
    help="Heads, channels and grid of the models of fixviz (small), or of ViT-B (base).",
)
@click.option("--heads", type=int, help="Number of heads.  [default: that of the shape]")
@click.option("--width", type=int, help="Channels of a head.  [default: that of the shape]")
@click.option("--grid", help="Patches of a frame, such as 9x9.  [default: that of the shape]")
@click.option(
    "--frames",
    default=",".join(map(str, FRAMES)),
    show_default=True,
    help="Numbers of frames, separated by commas. Tokens are frames times grid.",
)
@click.option("--tokens", help="Numbers of tokens, separated by commas, in place of --frames.")
@click.option(
    "--attention",
    default=",".join(KINDS),
    show_default=True,
    help="Kinds to measure, separated by commas.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Threads on the processor.  [default: one for each core]",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds for all of it, about. What would take longer is left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(
    shape: str,
    heads: int | None,
    width: int | None,
    grid: str | None,
    frames: str,
    tokens: str | None,
    attention: str,
    device: str,
    threads: int | None,
    seconds: float,
    as_json: bool,
) -> None:
    """Measure time, memory and multiply-adds of attention against the number of tokens.

    Softmax (fused, and with its N x N matrix), vanilla linear and fixation attention, as the models compute
    it, in float32. Time is the median of 5 to 25 repeats, memory the most that tensors take at once
    beyond query, key and value. Exponents are fitted to the larger sizes; the crossing says from how
    many tokens on a kind takes less time than fused softmax. Progress goes to standard error.
    """
    known = SHAPES[shape]
    rows, columns = _grid(grid) if grid else (known.rows, known.columns)
    if tokens is not None:
        rows, columns = (rows, columns) if grid else (1, 1)
    measured = AttentionShape(
        known.heads if heads is None else heads,
        known.width if width is None else width,
        rows,
        columns,
    )
    counts = (
        checked_tokens(_whole(tokens, "--tokens"))
        if tokens is not None
        else checked_tokens(measured.tokens(_whole(frames, "--frames")))
    )
    kinds = [part.strip() for part in attention.split(",") if part.strip()]
    if not kinds:
        raise OptionError(f"--attention names nothing; choose from {', '.join(KINDS)}.")

    # As in the app's workers: threads that spin while they wait cost a busy machine ten times their work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from fixviz.attention_cost.measure import measure_attention
    from fixviz.engine.machine import free_bytes, processor, usable_cores
    from fixviz.model.checkpoints import choose_device

    torch.set_num_threads(threads or usable_cores())
    chosen = choose_device(device)
    free = torch.cuda.mem_get_info(chosen)[0] if chosen.type == "cuda" else free_bytes()
    found = measure_attention(
        measured,
        counts,
        chosen,
        kinds=list(dict.fromkeys(kinds)),
        seconds=seconds,
        free_bytes=free // 2,
        machine=processor(),
        progress=_progress,
    )
    _progress(1.0, "")
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else _table(found))


def _whole(text: str, option: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise OptionError(f"{option} {text!r} is no list of whole numbers, such as 1,2,4.")
    return [int(part) for part in parts]


def _grid(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise OptionError(f"--grid {text!r} is no grid; write rows x columns, such as 9x9.")
    return int(parts[0]), int(parts[1])


def _table(found: CostMeasurement) -> str:
    """Return the points as aligned text, then exponents, crossings and where kinds ended."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for kind in found.kinds:
        for point in found.of(kind):
            share = found.roof_share(point)
            rows.append(
                (
                    KINDS[kind].title,
                    f"{point.tokens:,}",
                    texts.duration(point.seconds),
                    f"{100 * point.error / point.seconds:.1f} %",
                    texts.amount(point.peak_bytes, "B"),
                    texts.amount(found.multiply_adds(point), ""),
                    texts.amount(found.flops(point), "FLOP/s"),
                    "–" if share is None else f"{100 * share:.0f} %",
                )
            )
    fits: list[tuple[str, ...]] = [
        ("attention", "time grows with N to the", "memory", "fitted to", "faster than softmax")
    ]
    for kind in found.kinds:
        law = found.fit(kind)
        crossing = texts.crossing_phrase(found.crossing(kind)) if kind in CHEAPER else ""
        fits.append(
            (
                KINDS[kind].title,
                texts.exponent_phrase(law),
                texts.exponent_phrase(found.fit(kind, "peak_bytes")),
                texts.fitted_phrase(law),
                crossing,
            )
        )
    plural = "s" if found.threads > 1 else ""
    lines = [
        f"{texts.shape_phrase(found.shape)}; {found.machine}, {found.threads} thread{plural}",
        texts.roof_phrase(found),
        "",
        *aligned(rows),
        "",
        *aligned(fits),
        *texts.warnings(found),
    ]
    return "\n".join(lines)


def _progress(part: float, text: str) -> None:
    """Overwrite one line on standard error; without a terminal, print a line for each step."""
    if not sys.stderr.isatty():
        if text:
            click.echo(f"{100 * part:3.0f} % {text}", err=True)
        return
    line = f"{100 * part:3.0f} % {text}" if text else ""
    click.echo(f"\r{line:<60}" + ("" if line else "\r"), nl=False, err=True)
