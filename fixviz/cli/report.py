"""`fixviz report`: a stored run as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from fixviz.errors import StorageError
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import write_atomic


# A handle may begin with a hyphen, and is no option then.
@click.command(name="report", context_settings={"ignore_unknown_options": True})
@click.argument("run")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write.  [default: NAME-OF-THE-CLIP-report.html in this folder]",
)
@click.option(
    "--axis", type=click.Choice(["spatial", "temporal", "joint"]), help="Which attention to show."
)
@click.option("--layer", type=int, help="Layer, counted from 0.  [default: the last]")
@click.option("--head", type=int, help="Head, counted from 0.  [default: mean of heads]")
@click.option(
    "--frame",
    type=int,
    help="Frame, counted from 0.  [default: where the app opens RUN]",
)
@click.option("--title", default="", help="Title of the report.")
@click.option("--author", default="", help="Who wrote it.")
@click.option("--notes", default="", help="Text for the top of the report.")
def command(
    run: str,
    out: Path | None,
    axis: str | None,
    layer: int | None,
    head: int | None,
    frame: int | None,
    title: str,
    author: str,
    notes: str,
) -> None:
    """Write pictures, figures, definitions and settings of RUN to one HTML file that works offline.

    RUN is the handle that fixviz analyze printed, or the link of a page that shows the run; a link's
    view is the report's, unless the options say otherwise.
    """
    from fixviz.report.build import build_report
    from fixviz.report.file_name import file_name
    from fixviz.report.options import read_link

    handle, options = read_link(run)
    chosen = {"axis": axis, "layer": layer, "head": head, "frame": frame}
    options = replace(
        options,
        **{name: value for name, value in chosen.items() if value is not None},  # type: ignore[arg-type]
        title=title,
        author=author,
        notes=notes,
    )
    store = Store(Settings.from_env())
    report = build_report(store, handle, options)
    out = out or Path(file_name(store.manifest(handle)["clip"]["name"]))
    try:
        write_atomic(out.absolute(), report.encode())
    except OSError as error:
        raise StorageError(
            f"The report could not be written to {out} ({error.strerror or error})."
        ) from None
    click.echo(out)
