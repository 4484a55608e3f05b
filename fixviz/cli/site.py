"""Define `fixviz site`, which writes course, glossary and player as plain files for any web host."""

from __future__ import annotations

from pathlib import Path

import click

from fixviz.course.lesson import LANGUAGES


@click.command(name="site")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option(
    "--languages",
    default=",".join(LANGUAGES),
    show_default=True,
    help="Languages, separated by commas; the first is for readers who speak none of them.",
)
@click.option(
    "--project", default="", metavar="URL", help="Where readers get fixviz itself, for a link."
)
@click.option("--overwrite", is_flag=True, help="Replace files of these names that --out holds.")
def command(out: Path, languages: str, project: str, overwrite: bool) -> None:
    """Write the start page, the course, the glossary and the player as files for any web host.

    The pages need no server program and ask no other host for anything. Run again on the same folder, the
    command replaces its own files.
    """
    from fixviz.static_site.build import SiteOptions, build_site, total
    from fixviz.static_site.folder import write

    codes = tuple(code.strip() for code in languages.split(",") if code.strip())
    files = build_site(SiteOptions(codes, project))
    write(out, files, overwrite=overwrite)
    click.echo(f"{out}: {len(files)} files, {total(files) / 1e6:.1f} MB")
