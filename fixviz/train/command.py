"""Define `fixviz train`, also for machines that have only the packages of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click


@click.command(name="train")
@click.option(
    "--recipe", "recipe_name", default="small", show_default=True, help="Name of the recipe."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    help="Model to train; repeat for several, which then see the same clips."
    "  [default: softmax, linear and fixation]",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder that keeps the state of the training.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write the checkpoints to.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    help="Steps of the first cycle.  [default: the recipe's]",
)
@click.option(
    "--further-cycle",
    "further_cycles",
    type=click.IntRange(1),
    multiple=True,
    help="Steps of a further cycle at full difficulty; repeat for several.",
)
@click.option(
    "--preset",
    help="Preset of the generated clips; several, separated by commas.  [default: the recipe's]",
)
@click.option(
    "--leave-out",
    multiple=True,
    help="Class of which no clip is shown; repeat for several. Goes with its reverse.",
)
@click.option(
    "--from",
    "start",
    type=click.Path(exists=True, file_okay=False),
    help="Folder with checkpoints named as the models, to go on from instead of from scratch.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of clips and weights.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option(
    "--resume/--restart", default=True, help="Go on from the state folder, or start over."
)
@click.option(
    "--overwrite", is_flag=True, help="Replace checkpoints of these names that --out holds."
)
@click.option(
    "--measure/--no-measure",
    default=True,
    help="Whether to measure the checkpoints on unseen clips, for their cards; takes some minutes.",
)
@click.option("--export-only", is_flag=True, help="Only write checkpoints from the state folder.")
def command(
    recipe_name: str,
    models: tuple[str, ...],
    state: Path,
    out: Path,
    steps: int | None,
    further_cycles: tuple[int, ...],
    preset: str | None,
    leave_out: tuple[str, ...],
    start: str | None,
    seed: int,
    device: str,
    resume: bool,
    overwrite: bool,
    measure: bool,
    export_only: bool,
) -> None:
    """Train models on generated clips, or go on with a run that was stopped."""
    from fixviz.train.recipe import MAIN_MODELS, going_on_from, recipe
    from fixviz.train.session import export, train
    from fixviz.train.state import is_saved

    # A resumed run writes its own checkpoints again; a new run may not replace those of another.
    goes_on = export_only or (resume and is_saved(state))
    if not goes_on and not overwrite:
        _check_new(out, models or MAIN_MODELS)
    if export_only:
        folders = export(state, out, measure=measure)
    else:
        changes = {
            "seed": seed,
            "steps": steps,
            "further_cycles": further_cycles or None,
            "preset": preset,
            "left_out": leave_out or None,
            **(going_on_from(start) if start else {}),
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        folders = train(
            *(recipe(recipe_name, **changes), models or MAIN_MODELS, state, out, device, resume),
            measure=measure,
        )
    for folder in folders:
        click.echo(f"wrote {folder}")


def _check_new(out: Path, models: Sequence[str]) -> None:
    from fixviz.errors import OptionError

    there = [name for name in models if (out / name / "config.json").exists()]
    if there:
        raise OptionError(
            f"{out} holds a checkpoint named {there[0]}: name another folder, or add --overwrite to "
            "replace it."
        )
