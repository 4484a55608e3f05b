"""Start one server of the app: what `fixviz app` does, and each of the servers of `fixviz app --servers`.

python -m fixviz.servers.app_server PORT [BASE PATH]
"""

from __future__ import annotations

import sys

from fixviz import resources
from fixviz.settings import Settings


def run_app(
    port: int, address: str, base_path: str, *, browser: bool = False, reload: bool = False
) -> None:
    """Run Streamlit in this process. Does not return before the server ends.

    base_path: without slashes at its ends. browser: whether to open one. reload: whether to watch the source.
    """
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
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    run_app(int(sys.argv[1]), "127.0.0.1", "".join(sys.argv[2:]))
