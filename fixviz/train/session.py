"""Train models from the start to their checkpoint folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fixviz.train.recipe import Recipe


def train(
    recipe: Recipe,
    models: Sequence[str],
    state_dir: Path,
    out_dir: Path,
    device: str = "auto",
    resume: bool = True,
    report: Callable[[str], None] = print,
    *,
    measure: bool = True,
) -> list[Path]:
    """Train the named models side by side on the same clips and write their checkpoints.

    Returns the checkpoint folders, `out_dir`/name, whose cards have figures with `measure`. Stopped at any
    time, the same call goes on from the last state saved in `state_dir`. Raises OptionError for an unknown model, TrainingDiverged on
    divergence, CheckpointError when the state belongs to another run.
    """
    from fixviz.train.loop import run

    run(recipe, tuple(models), state_dir, device=device, resume=resume, report=report)
    return export(state_dir, out_dir, measure=measure)


def export(state_dir: Path, out_dir: Path, *, measure: bool = True) -> list[Path]:
    """Write checkpoints from the moving averages of a training state; return their folders."""
    from fixviz.train.export import write_checkpoints

    return write_checkpoints(state_dir, out_dir, measure=measure)
