"""Train the three models of recipe base on a GPU, in calls of a few minutes each.

    python benchmarks/base_set.py --state runs/base --out checkpoints

trains for nine minutes, saves, and says how many steps are left; the same command goes on from there.
After the last step it writes checkpoints/base-softmax, base-linear and base-fixation, which the app then
offers beside the others. With --measure their cards have figures. Products are formed in bfloat16
(accelerate) and TF32; weights, losses and the normalizers of linear attention stay in float32.
"""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command()
@click.option("--state", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=9.0, show_default=True)
@click.option("--preset", default="standard,filmed", show_default=True)
@click.option(
    "--steps", type=click.IntRange(1), help="Steps of the training.  [default: the recipe's]"
)
@click.option("--batch", type=click.IntRange(2), help="Clips in a step.  [default: the recipe's]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--precision", type=click.Choice(["bf16", "no"]), default="bf16", show_default=True)
@click.option("--measure", is_flag=True, help="Measure the checkpoints, for their cards.")
def command(
    state: Path,
    out: Path,
    minutes: float,
    preset: str,
    steps: int | None,
    batch: int | None,
    device: str,
    precision: str,
    measure: bool,
) -> None:
    """Train for some minutes, or go on; write the checkpoints after the last step."""
    os.environ["ACCELERATE_MIXED_PRECISION"] = precision
    import torch

    from fixviz.train.loop import run
    from fixviz.train.recipe import MAIN_MODELS, recipe
    from fixviz.train.session import export

    torch.set_float32_matmul_precision("high")
    changes = {"preset": preset, "steps": steps, "batch": batch}
    chosen = recipe("base", **{name: value for name, value in changes.items() if value is not None})
    reached = run(chosen, MAIN_MODELS, state, device=device, minutes=minutes, report=click.echo)
    left = chosen.total_steps - reached["step"]
    spent = reached["seconds"] / 60
    click.echo(
        f"{reached['step']} steps in {spent:.1f} minutes on {reached['hardware']}; {left} left"
    )
    if left == 0:
        for folder in export(state, out, measure=measure):
            click.echo(f"wrote {folder}")


if __name__ == "__main__":
    command()
