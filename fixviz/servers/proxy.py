"""Find the proxy that is installed, and write its configuration into a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from fixviz.errors import OptionError
from fixviz.servers import caddy, nginx
from fixviz.servers.site import Site

Name = Literal["nginx", "caddy"]
NAMES: Final[tuple[Name, ...]] = ("nginx", "caddy")
_MORE_FOLDERS: Final = ("/usr/local/sbin", "/usr/sbin")
"""Where systems keep web servers, which are not in everybody's PATH."""
_MOST_FILES: Final = 65_536


@dataclass(frozen=True)
class Proxy:
    """A program with its configuration written."""

    name: Name
    command: tuple[str, ...]
    environment: Mapping[str, str]
    end_signal: signal.Signals = signal.SIGTERM


def find(wanted: Name | None, path: str | None = None) -> tuple[Name, str]:
    """Return name and path of the wanted program, or of the first that is installed. Raises OptionError.

    path: folders to look in; those of PATH by default.
    """
    if path is None:
        path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_MORE_FOLDERS))
    for name in NAMES if wanted is None else (wanted,):
        if (program := shutil.which(name, path=path)) is not None:
            return name, program
    missing = "nginx or Caddy" if wanted is None else {"nginx": "nginx", "caddy": "Caddy"}[wanted]
    package = wanted or "nginx"
    raise OptionError(
        f"Several servers need {missing} before them, and it is not installed here. Install it, such as by "
        f"`apt install {package}` or `brew install {package}`."
    )


def write(name: Name, program: str, site: Site, folder: Path) -> Proxy:
    """Write the configuration into `folder`, which is the proxy's alone, and return the command."""
    if name == "nginx":
        path = folder / "nginx.conf"
        user = _user() if os.geteuid() == 0 else None
        path.write_text(nginx.main_text(site, str(folder), _files(), user), "utf-8")
        return Proxy(name, (program, "-p", str(folder), "-c", str(path), "-e", "stderr"), {})
    path = folder / "Caddyfile"
    path.write_text(caddy.main_text(site), "utf-8")
    # It keeps what it remembers in the folder, too.
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    return Proxy(
        name,
        (program, "run", "--config", str(path), "--adapter", "caddyfile"),
        {**homes, caddy.SECRET_VARIABLE: secrets.token_hex(16)},
    )


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _files() -> int:
    """Return how many files a process may have open."""
    if sys.platform == "win32":
        return 1024
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
