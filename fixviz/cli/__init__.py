"""Define the command line: one module for each command, which imports what it needs when it runs."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from fixviz.errors import FixvizError
from fixviz.version import __version__

_COMMANDS: Final = {
    "app": ("fixviz.cli.app", "Open the app in the browser."),
    "analyze": ("fixviz.cli.analyze", "Run the models on a video and write maps and numbers."),
    "derive": (
        "fixviz.cli.derive",
        "Compute more from a stored run: attribution, what if, and so on.",
    ),
    "report": ("fixviz.cli.report", "Write a stored run to one HTML file."),
    "compare": ("fixviz.cli.compare", "Compare models over many clips: tables and figures."),
    "export": ("fixviz.cli.export", "Write a stored run with the player to one HTML file."),
    "site": ("fixviz.cli.site", "Write the course as plain files for any web host."),
    "train": ("fixviz.train.command", "Train models on generated clips or on clips of your own."),
    "evaluate": ("fixviz.cli.evaluate", "Measure checkpoints on clips that no training used."),
    "bench": ("fixviz.cli.bench", "Measure what attention costs on this machine."),
    "import-official": ("fixviz.cli.official", "Convert one of the authors' checkpoints."),
}


class _LazyGroup(click.Group):
    """List all commands, but import only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup)
@click.version_option(__version__, prog_name="fixviz")
def _group() -> None:
    """See, measure and understand how a video Transformer pays attention."""


def main(args: list[str] | None = None) -> None:
    """Run the command line. An error that a user can cause ends it with one sentence and exit code 2."""
    try:
        _group.main(args, prog_name="fixviz", standalone_mode=False)
    except FixvizError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
