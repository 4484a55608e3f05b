"""Define `fixviz train`, also for machines that have only the packages of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource


@click.command(name="train")
@click.option(
    "--recipe",
    "recipe_name",
    help="Name of the recipe.  [default: small; own with --data]",
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
    help="Folder that keeps the state of the training; --data alone may leave it out."
    "  [default: training-state in --out]",
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
    "source",
    help="What to start from: shipped (each model from the shipped one of its name), scratch, a folder of"
    " checkpoints, or one checkpoint.  [default: scratch; with --data shipped, but for the paper's recipes]",
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
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Train on the videos in this folder instead of generated clips. All options below go with it.",
)
@click.option(
    "--format",
    "form",
    default="folders",
    show_default=True,
    help="Kind of data set: folders (one for each class), kinetics, ssv2, ucf101 or hmdb51.",
)
@click.option(
    "--list",
    "clip_list",
    type=click.Path(path_type=Path),
    help="CSV file that lists the clips: path, label, and as needed start, end, group and split.",
)
@click.option(
    "--annotations",
    type=click.Path(path_type=Path),
    help="Folder with the annotation files.  [default: annotations in --data, or --data]",
)
@click.option(
    "--split",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="Which of the published splits of ucf101 and hmdb51.",
)
@click.option(
    "--freeze",
    default="none",
    show_default=True,
    help="backbone: only the classification head learns, which is fast.",
)
@click.option(
    "--flip/--no-flip",
    default=None,
    help="Whether to mirror every second clip; wrong where left and right tell classes apart."
    "  [default: the recipe's, own does not]",
)
@click.option("--epochs", type=click.IntRange(1), help="Epochs at most.  [default: the recipe's]")
@click.option(
    "--patience",
    type=click.IntRange(1),
    help="Epochs without a better answer on the validation clips after which a model stops."
    "  [default: the recipe's]",
)
@click.option("--batch", type=click.IntRange(1), help="Clips of a step.  [default: the recipe's]")
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    help="Highest learning rate.  [default: the recipe's]",
)
@click.option(
    "--validation",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the videos to hold out where the data set names none.",
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path),
    help="Folder with masks of what moves, NAME_mask.mp4 or NAME_mask/*.png, for the figures on the cards.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder of decoded frames.  [default: clips in FIXVIZ_HOME]",
)
@click.option(
    "--cache-gb",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    help="Most gigabytes that the cache may hold; 0 decodes again in every epoch.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="Processes that read and change clips; 0: none but the training itself.",
)
def command(
    recipe_name: str | None,
    models: tuple[str, ...],
    state: Path | None,
    out: Path,
    seed: int,
    device: str,
    resume: bool,
    overwrite: bool,
    measure: bool,
    export_only: bool,
    data: Path | None,
    **options: Any,
) -> None:
    """Train models on generated clips or on clips of your own, or go on with a run that was stopped."""
    from fixviz.errors import OptionError
    from fixviz.train.recipe import MAIN_MODELS
    from fixviz.train.state import is_saved

    _check_options(click.get_current_context(), data is not None)
    if state is None:
        if data is None:
            raise OptionError(
                "--state is missing: the folder that keeps the state of the training."
            )
        state = out / "training-state"
    # A resumed run writes its own checkpoints again; a new run may not replace those of another.
    goes_on = export_only or (resume and is_saved(state))
    if not goes_on and not overwrite:
        _check_new(out, models or MAIN_MODELS)
    run: dict[str, Any] = {
        "resume": resume,
        "measure": measure,
        "export_only": export_only,
        "device": device,
    }
    if data is None:
        folders = _on_generated(
            recipe_name or "small", models or MAIN_MODELS, state, out, seed, options, **run
        )
    else:
        folders = _on_clips(
            recipe_name or "own", models or MAIN_MODELS, state, out, seed, data, options, **run
        )
    for folder in folders:
        click.echo(f"wrote {folder}")


_OF_GENERATED = ("steps", "further_cycles", "preset", "leave_out")
_OF_CLIPS = (
    *(
        "form",
        "clip_list",
        "annotations",
        "split",
        "freeze",
        "flip",
        "epochs",
        "patience",
    ),
    *("batch", "learning_rate", "validation", "masks", "cache", "cache_gb", "workers"),
)


def _check_options(context: click.Context, on_clips: bool) -> None:
    """Refuse options that the kind of clips does not have."""
    from fixviz.errors import OptionError

    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name in (_OF_GENERATED if on_clips else _OF_CLIPS):
            raise OptionError(
                f"{parameter.opts[0]} is for generated clips; leave it out, or leave out --data."
                if on_clips
                else f"{parameter.opts[0]} is for clips of your own; name their folder with --data."
            )


def _on_generated(
    recipe_name: str,
    models: Sequence[str],
    state: Path,
    out: Path,
    seed: int,
    options: dict[str, Any],
    *,
    device: str,
    resume: bool,
    measure: bool,
    export_only: bool,
) -> list[Path]:
    from fixviz.train.recipe import going_on_from, recipe
    from fixviz.train.session import export, train
    from fixviz.train.start import SCRATCH

    if export_only:
        return export(state, out, measure=measure)
    changes = {"seed": seed, **{name: options[name] or None for name in _OF_GENERATED}}
    changes["left_out"] = changes.pop("leave_out")
    if options["source"] not in (None, SCRATCH):
        changes |= going_on_from(options["source"])
    changes = {name: value for name, value in changes.items() if value is not None}
    return train(
        recipe(recipe_name, **changes), models, state, out, device, resume, measure=measure
    )


def _on_clips(
    recipe_name: str,
    models: Sequence[str],
    state: Path,
    out: Path,
    seed: int,
    data: Path,
    options: dict[str, Any],
    *,
    device: str,
    resume: bool,
    measure: bool,
    export_only: bool,
) -> list[Path]:
    from fixviz.train.clips.session import DataOptions, train_on_clips
    from fixviz.train.start import SCRATCH, SHIPPED
    from fixviz.train.video_recipe import video_recipe

    changes = {name: options[name] for name in ("epochs", "patience", "batch", "learning_rate")}
    changes = {name: value for name, value in changes.items() if value is not None}
    where = ("form", "clip_list", "annotations", "split", "validation", "masks", "cache")
    return train_on_clips(
        video_recipe(recipe_name, seed=seed, **changes),
        models,
        DataOptions(data, **{name: options[name] for name in (*where, "cache_gb", "workers")}),
        state,
        out,
        source=options["source"] or (SHIPPED if recipe_name == "own" else SCRATCH),
        freeze=options["freeze"],
        flip=options["flip"],
        device=device,
        resume=resume,
        measure=measure,
        export_only=export_only,
    )


def _check_new(out: Path, models: Sequence[str]) -> None:
    from fixviz.errors import OptionError

    there = [name for name in models if (out / name / "config.json").exists()]
    if there:
        raise OptionError(
            f"{out} holds a checkpoint named {there[0]}: name another folder, or add --overwrite to "
            "replace it."
        )
