"""Define `fixviz app`, which starts the Streamlit server."""

from __future__ import annotations

import re
import sys

import click

from fixviz import resources
from fixviz.settings import Settings


def _base_path(_context: click.Context, _option: click.Parameter, path: str) -> str:
    """Return a path without slashes at its ends."""
    path = path.strip("/")
    names = path.split("/") if path else []
    if not all(re.fullmatch(r"[A-Za-z0-9._~-]+", name) and name.strip(".") for name in names):
        raise click.BadParameter(
            f"{path!r} is not a path such as /lab/fixviz: names of letters, digits, '-', '_', '.' "
            "and '~', with '/' between them."
        )
    return path


@click.command(name="app")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port to listen on.",
)
@click.option(
    "--address",
    default="localhost",
    show_default=True,
    help="Network address to listen on; 0.0.0.0 lets others in.",
)
@click.option(
    "--base-path",
    default="",
    metavar="PATH",
    callback=_base_path,
    help="Path under which the app answers, such as /lab/fixviz; for a proxy that keeps the path.",
)
@click.option("--browser/--no-browser", default=True, help="Whether to open a browser window.")
@click.option(
    "--reload", is_flag=True, help="For developing: watch the source, and offer a rerun on changes."
)
def command(port: int, address: str, base_path: str, browser: bool, reload: bool) -> None:
    """Open the app in the browser, on http://localhost:8501 unless told otherwise."""
    from streamlit.web import cli

    settings = Settings.from_env()
    sys.argv = [
        "streamlit",
        "run",
        str(resources.root() / "app.py"),
        f"--server.port={port}",
        f"--server.address={address}",
        f"--server.baseUrlPath={base_path}",
        f"--server.headless={str(not browser).lower()}",
        f"--server.maxUploadSize={max(settings.max_upload_mb, settings.max_checkpoint_mb)}",
        "--server.showEmailPrompt=false",
        # The watcher walks the whole source for every visitor who opens the app.
        f"--server.fileWatcherType={'auto' if reload else 'none'}",
        # Streamlit's own welcome also lets it offer, on every page, to install guides for coding agents.
        "--logger.hideWelcomeMessage=true",
    ]
    everywhere = address in ("0.0.0.0", "::")
    below = f"/{base_path}/" if base_path else ""
    if settings.log == "text":
        click.echo(f"fixviz: http://{'localhost' if everywhere else address}:{port}{below}")
    cli.main(prog_name="streamlit")
