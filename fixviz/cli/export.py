"""`fixviz export`: a stored run as one HTML file with the player in it."""

from __future__ import annotations

from pathlib import Path

import click

from fixviz.errors import OptionError, StorageError
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import write_atomic


# A handle may begin with a hyphen, and is no option then.
@click.command(name="export", context_settings={"ignore_unknown_options": True})
@click.argument("run")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write.  [default: NAME-OF-THE-CLIP.html in this folder]",
)
@click.option(
    "--models",
    help="Names of the models to show, or folders of their checkpoints where fixviz does not know "
    "these, separated by commas.  [default: all of RUN]",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def command(run: str, out: Path | None, models: str | None, overwrite: bool) -> None:
    """Write RUN with the player to one HTML file, which opens without a server and without a network.

    RUN is the handle that fixviz analyze printed, or the link of a page that shows the run; the file
    opens in the link's view. The file
    holds the frames, all maps and numbers, and the weights of the models, with which the browser itself
    computes the dial, the answers to a click on a patch, and rollout. 80 frames of the three main models
    take about 13 MB.

    Not in the file: the video itself and its sound; What if, and the pages under Inspect with what they
    have computed; attributions that had not been computed; and the weights of a model with more than
    2 million, so that its maps are there, but not its dial, rows and rollout.
    """
    from fixviz.reading.browser_networks import folders
    from fixviz.report.options import read_link
    from fixviz.single_file.build import page_of
    from fixviz.single_file.file_name import file_name
    from fixviz.single_file.run_parts import MAIL_BYTES, named_models, run_parts, view_in

    settings = Settings.from_env()
    store = Store(settings)
    handle, _ = read_link(run)
    manifest = store.manifest(handle)
    out = out or Path(file_name(manifest["clip"]["name"]))
    if out.exists() and not overwrite:
        raise OptionError(f"{out} is there already; use --overwrite, or another --out.")
    names, folder_of = named_models(manifest, models, folders(settings))
    parts = run_parts(store, handle, folder_of, names)
    page = page_of(parts, view_in(run)).encode()
    try:
        write_atomic(out.absolute(), page)
    except OSError as error:
        raise StorageError(
            f"The file could not be written to {out} ({error.strerror or error})."
        ) from None
    click.echo(f"{out} ({len(page) / 1e6:.1f} MB)")
    for sentence in parts.left_out:
        click.echo(f"Left out: {sentence}", err=True)
    if len(page) > MAIL_BYTES:
        click.echo(f"Many mail servers take {MAIL_BYTES / 1e6:.0f} MB at most.", err=True)
