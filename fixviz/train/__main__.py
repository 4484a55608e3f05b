"""`python -m fixviz.train` is `fixviz train` without the packages of the app."""

import sys

import click

from fixviz.errors import FixvizError
from fixviz.train.command import command

if __name__ == "__main__":
    try:
        command()
    except FixvizError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
