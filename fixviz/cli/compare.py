"""Define `fixviz compare`, which writes the tables and figures of the page Compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fixviz.errors import OptionError, StorageError
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import write_atomic

if TYPE_CHECKING:
    from fixviz.comparison.question import Comparison, Question
    from fixviz.comparison.source import Source
    from fixviz.comparison.values import Place
    from fixviz.reading.figures.figure import Figure


# A handle may begin with a hyphen, and is no option then.
@click.command(name="compare", context_settings={"ignore_unknown_options": True})
@click.argument("clips", nargs=-1, required=True, metavar="CLIPS...")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
@click.option("--measure", default="concentration", show_default=True, help="What to compare.")
@click.option("--models", help="Names of models, separated by commas.  [default: all]")
@click.option(
    "--pair",
    metavar="A,B",
    help="The two models that are compared clip by clip: A less B."
    "  [default: fixation,linear where there are both]",
)
@click.option(
    "--axis",
    type=click.Choice(["spatial", "temporal", "joint"]),
    help="Which attention.  [default: spatial where there is one]",
)
@click.option("--layer", help="Layer, counted from 0, or all for their mean.  [default: the last]")
@click.option("--head", help="Head, counted from 0.  [default: mean of heads]")
@click.option(
    "--group",
    help="Compare groups, too: a column of the list, such as label, or said, the class that a model names, "
    "or right.",
)
@click.option("--against", help="A second measure, for a scatter plot.")
def command(
    clips: tuple[str, ...],
    out: Path | None,
    measure: str,
    models: str | None,
    pair: str | None,
    axis: str | None,
    layer: str | None,
    head: str | None,
    group: str | None,
    against: str | None,
) -> None:
    """Compare models over many clips: distributions, paired differences, and the clips to look at.

    CLIPS is the folder that fixviz analyze wrote for many clips, the name of a data set that the app offers,
    such as samples, or the handles or links of runs. The numbers are those of the page Compare. With --out,
    its tables are written as CSV, its figures as SVG, and all of it as comparison.json.
    """
    from fixviz.comparison import texts
    from fixviz.comparison.choosing import open_named
    from fixviz.comparison.question import Question, answer

    settings = Settings.from_env()
    source = open_named(settings, Store(settings), clips)
    question = Question(
        measure,
        tuple(_names(models)),
        _pair(pair),
        _place(source, axis, layer, head),
        group,
        against,
    )
    found = answer(source, question)
    click.echo(texts.headline(found))
    for line in (*_differences(found), *texts.cautions(found)):
        click.echo(line)
    for one in found.outliers[:3]:
        click.echo(f"Look at {source.clips[one.clip].name}. {texts.why(found, one)}")
    if out is not None:
        for path in _write(found, out):
            click.echo(path)


def _names(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _pair(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    names = _names(text)
    if len(names) != 2:
        raise OptionError(f"--pair {text!r} names no two models; write such as fixation,linear.")
    return names[0], names[1]


def _place(source: Source, axis: str | None, layer: str | None, head: str | None) -> Place:
    from fixviz.comparison.values import Place, default_place

    first = default_place(source)
    at = first.layer if layer is None else None if layer == "all" else _number(layer, "--layer")
    return Place(axis or first.axis, at, None if head is None else _number(head, "--head"))


def _number(text: str, option: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise OptionError(f"{option} {text!r} is no whole number, counted from 0.")
    return int(text)


def _differences(found: Comparison) -> list[str]:
    from fixviz.comparison import texts

    return [texts.difference_sentence(found, one) for one in found.differences[1:]]


def _figures(found: Comparison) -> list[Figure]:
    from fixviz.comparison import figures
    from fixviz.comparison.values import curves

    clips = [found.source.clips[one.clip] for one in found.outliers]
    over_time = curves(found.source, found.quantity, found.place, found.question.models, clips)
    every = [
        figures.distribution(found),
        figures.differences(found),
        figures.scatter(found),
        figures.outlier_table(found),
        figures.small_multiples(found, clips, over_time),
    ]
    return [figure for figure in every if figure is not None]


def _write(found: Comparison, out: Path) -> list[Path]:
    """Write all files into a folder; return their paths. Raises StorageError."""
    from fixviz.comparison import figures, texts
    from fixviz.drawing.svg_file import svg_file
    from fixviz.reading.tables import to_csv

    described = _figures(found)
    files = {}
    for figure in described:
        name = figure.name.removeprefix("compare-")
        files[f"{name}.csv"] = to_csv(figure.table, figure.full_caption)
        if figure.chart is not None:
            files[f"{name}.svg"] = svg_file(figure)
    files["values.csv"] = to_csv(
        figures.values_table(found), f"{texts.where(found)}, clip by clip."
    )
    content: dict[str, Any] = {
        **_asked(found.question),
        "clips": len(found.source.clips),
        "headline": texts.headline(found),
        "cautions": texts.cautions(found),
        "tables": {
            figure.name.removeprefix("compare-"): {
                "caption": figure.full_caption,
                "columns": _plain(figure.table),
            }
            for figure in described
        },
    }
    files["comparison.json"] = json.dumps(content, indent=1, allow_nan=False) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_atomic((out / name).absolute(), text.encode())
    except OSError as error:
        raise StorageError(
            f"The comparison could not be written to {out} ({error.strerror or error})."
        ) from None
    return [out / name for name in files]


def _asked(question: Question) -> dict[str, Any]:
    place = question.place
    return {
        "measure": question.measure,
        "models": list(question.models),
        "pair": None if question.pair is None else list(question.pair),
        "axis": None if place is None else place.axis,
        "layer": None if place is None else place.layer,
        "head": None if place is None else place.head,
        "group": question.group,
        "against": question.against,
    }


def _plain(table: Any) -> dict[str, list[Any]]:
    """Return a table for JSON; undefined values are null."""
    return {
        name: [None if isinstance(v, float) and v != v else v for v in values]
        for name, values in table.items()
    }
