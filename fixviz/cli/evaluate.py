"""Define `fixviz evaluate`, which measures checkpoints on generated clips."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.errors import OptionError, StorageError

Size = int | tuple[int, int] | None


@click.command(name="evaluate")
@click.option(
    "--models",
    default="softmax,linear,fixation",
    show_default=True,
    help="Names of shipped models or checkpoint folders, separated by commas.",
)
@click.option(
    "--preset",
    default="standard",
    show_default=True,
    help="easy, standard, hard, cue or filmed; several are separated by commas.",
)
@click.option("--clips", type=int, default=600, show_default=True, help="Clips per model.")
@click.option(
    "--attention-clips", type=int, help="Clips for the attention figures.  [default: all]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the clips.")
@click.option(
    "--resolution",
    help="Frame size: 64, or HEIGHTxWIDTH such as 64x96; several, separated by commas."
    "  [default: what each model was trained at]",
)
@click.option(
    "--video",
    "videos",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Measure instead whether attention lies where this video moves; repeat for several.",
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Measure instead where models look in real video: folder with videos or frames and the masks"
    " of what moves (DAVIS layout, or NAME.mp4 with NAME_mask.mp4, NAME_mask.zip or NAME_mask/*.png).",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=24.0,
    show_default=True,
    help="Frames per second of the folders of frames in --masks.",
)
@click.option(
    "--masks-name",
    help="What results call the clips of --masks, such as 'DAVIS 2016'.  [default: the folder's name]",
)
@click.option(
    "--faithfulness",
    type=click.IntRange(1),
    metavar="CLIPS",
    help="Measure instead, on so many clips, whether a map names the patches that the answer depends on:"
    " deletion and insertion against random orders. What --out has of it is not measured again.",
)
@click.option(
    "--map",
    "map_name",
    type=click.Choice(list(METHODS)),
    default="attention_received",
    show_default=True,
    help="The map of --faithfulness.",
)
@click.option(
    "--keep-cost",
    is_flag=True,
    help="Keep time and memory that --out has of the same weights: a busy machine measures them too high.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Also write a CSV file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Also write a results file; in one that exists, entries of the same kind are replaced.",
)
def command(
    models: str,
    preset: str,
    clips: int,
    attention_clips: int | None,
    seed: int,
    resolution: str | None,
    videos: tuple[Path, ...],
    masks: Path | None,
    rate: float,
    masks_name: str | None,
    faithfulness: int | None,
    map_name: str,
    keep_cost: bool,
    device: str,
    as_json: bool,
    csv_file: Path | None,
    out: Path | None,
) -> None:
    """Measure models on generated clips that no training used.

    Accuracy with its 95 % Wilson interval; for the spatial attention of each layer concentration,
    effective support, mass on target beside the target's area, pointing game and average
    precision; parameters, time and memory of one clip. With --video, how far attention goes where
    something moves in real video; with --masks, whether it lies on what people masked there; with
    --faithfulness, whether the answer depends on the patches that a map names.
    """
    resolutions = [_size(part) for part in _parts(resolution)] if resolution else [None]
    if clips < 1 or seed < 0 or (attention_clips is not None and attention_clips < 0):
        raise OptionError("Take at least 1 clip, and seeds and attention clips of 0 or more.")
    if sum(map(bool, (videos, masks, faithfulness))) > 1:
        raise OptionError(
            "Give one of --video, --masks and --faithfulness: they are different measurements."
        )
    for path in (csv_file, out):
        if path is not None and not path.absolute().parent.is_dir():
            raise OptionError(f"The folder of {path} does not exist; create it first.")

    from fixviz.evaluation import results, terminal

    there = out is not None and out.exists()
    before = results.read_results(out) if out and there else []
    moved = results.read_motion(out) if out and there else []
    masked = results.read_masked(out) if out and there else []
    faithful = results.read_faithfulness(out) if out and there else []
    if masks is not None:
        from fixviz.evaluation.masked_video import measure_masked

        entries = []
        for size in resolutions:
            if isinstance(size, tuple):
                raise OptionError("With --masks, --resolution is a short side, such as 112.")
            entries += measure_masked(
                _parts(models), masks, rate, device, size, name=masks_name, report=_progress
            )
        masked = results.merge_results(masked, entries, results.masked_key)
        text, rows = terminal.masked_tables(entries), terminal.masked_csv(entries)
    elif videos:
        from fixviz.evaluation.real_video import measure_videos

        entries = measure_videos(_parts(models), videos, device, report=_progress)
        moved = results.merge_results(moved, entries, results.motion_key)
        text, rows = terminal.motion_table(entries), terminal.motion_csv(entries)
    elif faithfulness is not None:
        from fixviz.engine.compiled import use_compiled_blocks
        from fixviz.evaluation.faithfulness import measure_faithfulness
        from fixviz.settings import Settings

        use_compiled_blocks(Settings.from_env())
        entries = []
        for entry in measure_faithfulness(
            *(_parts(models), _parts(preset), faithfulness, seed, map_name, device),
            known=faithful,
            report=_progress,
        ):
            entries.append(entry)
            faithful = results.merge_results(faithful, [entry], results.faithfulness_key)
            if out is not None:
                # Each model takes minutes, and whoever stops here goes on from here.
                results.write_results(out, before, moved, masked, faithful)
        text, rows = terminal.faithfulness_table(entries), terminal.faithfulness_csv(entries)
    else:
        from fixviz.evaluation.checkpoints import measure_checkpoints

        entries = measure_checkpoints(
            *(_parts(models), _parts(preset), clips, seed, resolutions, device),
            attention_clips=attention_clips,
            known=before if keep_cost else (),
            report=_progress,
        )
        before = results.merge_results(before, entries)
        text, rows = terminal.table(entries), terminal.to_csv(entries)
    _progress("")
    if csv_file is not None:
        try:
            csv_file.write_text(rows, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{csv_file} could not be written ({error}).") from None
    if out is not None:
        results.write_results(out, before, moved, masked, faithful)
    click.echo(json.dumps(entries, indent=2) if as_json else text)


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise OptionError(f"{text!r} names nothing; give one or more names, separated by commas.")
    return parts


def _size(text: str) -> Size:
    numbers = text.lower().split("x")
    if len(numbers) > 2 or not all(n.strip().isdecimal() for n in numbers):
        raise OptionError(
            f"--resolution {text} is no frame size; write 64, or 64x96 for height x width."
        )
    return int(numbers[0]) if len(numbers) == 1 else (int(numbers[0]), int(numbers[1]))


def _progress(line: str) -> None:
    """Overwrite one line on standard error; without a terminal, print nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r{line:<60}" + ("" if line else "\r"), nl=False, err=True)
