"""Define `fixviz site`, which writes course, glossary and player as plain files for any web host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from fixviz.cli.analyze import Progress
from fixviz.course.lesson import LANGUAGES
from fixviz.settings import Settings


@click.command(name="site")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option(
    "--languages",
    default=",".join(LANGUAGES),
    show_default=True,
    help="Languages, separated by commas; the first is for readers who speak none of them.",
)
@click.option(
    "--samples",
    metavar="NAME,...",
    help="Sample clips of the player, separated by commas.  [default: all]",
)
@click.option(
    "--project", default="", metavar="URL", help="Where readers get fixviz itself, for a link."
)
@click.option("--overwrite", is_flag=True, help="Replace files of these names that --out holds.")
def command(out: Path, languages: str, samples: str | None, project: str, overwrite: bool) -> None:
    """Write the start page, the course, the glossary and the player as files for any web host.

    The pages need no server program and ask no other host for anything. Sample clips whose runs are not
    stored yet are analyzed first. Run again on the same folder, the command replaces its own files.
    """
    from fixviz.static_site.build import SiteOptions, build_site, page_names, total
    from fixviz.static_site.folder import check, write

    options = SiteOptions(_listed(languages), _listed(samples) if samples else None, project)
    # Checked before the analyses, which may take a minute.
    check(out, page_names(options), overwrite=overwrite)
    with Progress() as progress:
        files = build_site(
            options,
            Settings.from_env(),
            lambda sample, status: progress.show(
                replace(status, message=f"{sample.title}: {status.message}")
            ),
        )
    write(out, files, overwrite=overwrite)
    click.echo(f"{out}: {len(files)} files, {total(files) / 1e6:.1f} MB")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
