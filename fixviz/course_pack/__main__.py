"""`python -m fixviz.course_pack` writes the course pack again."""

import os
import sys

# Before torch is loaded: threads that spin while they wait make a busy machine crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import click

from fixviz import resources
from fixviz.course_pack.pack import PARTS, write_pack
from fixviz.errors import FixvizError


@click.command()
@click.option(
    "--only", type=click.Choice(PARTS), help="Make this part alone again.  [default: everything]"
)
def command(only: str | None) -> None:
    """Write assets/course: the run that comes with fixviz, the numbers and data of the lessons."""
    write_pack(resources.course(), only)


if __name__ == "__main__":
    try:
        command()
    except FixvizError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
