"""Define `fixviz app`, which starts the Streamlit server, or several of them."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Sequence
from typing import Literal

import click

from fixviz.servers.app_server import run_app
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
@click.option(
    "--servers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Server processes behind one address, for a large class; nginx or Caddy must be installed.",
)
@click.option(
    "--proxy",
    type=click.Choice(["nginx", "caddy"]),
    help="What stands before several servers; left out, nginx where it is installed, else Caddy.",
)
def command(
    port: int,
    address: str,
    base_path: str,
    browser: bool,
    reload: bool,
    servers: int,
    proxy: Literal["nginx", "caddy"] | None,
) -> None:
    """Open the app in the browser, on http://localhost:8501 unless told otherwise."""
    everywhere = address in ("0.0.0.0", "::")
    below = f"/{base_path}/" if base_path else ""
    url = f"http://{'localhost' if everywhere else address}:{port}{below}"
    in_text = Settings.from_env().log == "text"
    if servers > 1:
        if reload:
            raise click.UsageError("--reload is for one server; leave out --servers.")
        from fixviz.servers.supervise import run_servers

        def tell(ports: Sequence[int]) -> None:
            if in_text:
                click.echo(f"fixviz: {url} ({servers} servers, at {', '.join(map(str, ports))})")
            if browser:
                webbrowser.open(url)

        run_servers(servers, port, address, base_path, with_proxy=proxy, on_ready=tell)
        return
    if proxy is not None:
        raise click.UsageError("--proxy is for several servers; add --servers 2.")
    if in_text:
        click.echo(f"fixviz: {url}")
    run_app(port, address, base_path, browser=browser, reload=reload)
