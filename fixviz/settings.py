"""Define the settings of one installation, each with a default and an environment variable.

`FIXVIZ_MAX_UPLOAD_MB=500 fixviz app` changes one of them. docs/reference/settings.md lists all; its
table is made from this module.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

import platformdirs

from fixviz.errors import OptionError

_ORIGIN: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
)


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("fixviz", appauthor=False))


@dataclass(frozen=True)
class Settings:
    """Hold what an installation allows and where it keeps its files.

    The field `max_seconds` is set by `FIXVIZ_MAX_SECONDS`, and so on for the others.
    """

    home: Path = field(default_factory=_default_home)
    """Folder of stored runs, uploads and the user's own checkpoints."""
    max_upload_mb: int = 200
    """Largest video file, in megabytes (1,000,000 bytes)."""
    max_seconds: float = 600.0
    """Longest video, in seconds."""
    max_pixels: int = 3840 * 2160
    """Largest frame, in pixels (width times height)."""
    max_frames: int = 128
    """Most frames that one run analyzes."""
    max_checkpoint_mb: int = 500
    """Largest size of all files of an own checkpoint together, in megabytes (1,000,000 bytes)."""
    max_models: int = 10
    """Most own checkpoints that one person may keep."""
    decode_timeout_s: float = 60.0
    """Seconds after which a decoder is stopped."""
    job_timeout_s: float = 900.0
    """Seconds after which an analysis is stopped."""
    cancel_grace_s: float = 5.0
    """Seconds that a cancelled job has to stop by itself before its process is killed."""
    queue_size: int = 100
    """Most jobs that may wait."""
    shared_mb: int = 256
    """Memory for arrays, figures and pictures that visitors share, in megabytes (1,000,000 bytes)."""
    run_days: float = 30.0
    """Days after its last use that a run, an upload or an own checkpoint is kept."""
    embed_origins: tuple[str, ...] = ()
    """Origins of the sites that may show the app in a frame, such as https://moodle.example.org."""

    @classmethod
    def from_env(cls, env: dict[str, str] | None = None) -> Settings:
        """Return the defaults, changed by the `FIXVIZ_*` variables of `env` (by default the process's).

        Raises OptionError when a variable does not hold a value of its field's type, a number that
        is not positive, or what is not an origin.
        """
        env = dict(os.environ) if env is None else env
        values: dict[str, object] = {}
        for f in fields(cls):
            name = f"FIXVIZ_{f.name.upper()}"
            if name not in env:
                continue
            if f.name == "home":
                values[f.name] = Path(env[name]).expanduser()
                continue
            if f.name == "embed_origins":
                values[f.name] = _origins(name, env[name])
                continue
            kind = int if f.type == "int" else float
            try:
                value = kind(env[name])
            except ValueError:
                raise OptionError(
                    f"{name}={env[name]!r} is not a number; set it to a number above 0."
                ) from None
            if not value > 0:
                raise OptionError(f"{name}={env[name]!r} must be above 0.")
            values[f.name] = value
        return cls(**values)  # type: ignore[arg-type]


def _origins(name: str, text: str) -> tuple[str, ...]:
    """Return the origins in a text, separated by spaces or commas, each once. Raises OptionError."""
    origins = [origin.lower().removesuffix("/") for origin in re.split(r"[\s,]+", text) if origin]
    for origin in origins:
        if "*" in origin:
            raise OptionError(
                f"{name}={text!r} has a wildcard. Whoever shows the app in a frame can lead its "
                "visitors' clicks, so name each origin, such as https://moodle.example.org."
            )
        found = _ORIGIN.fullmatch(origin)
        if found is None or not 0 < int(found["port"] or 1) < 2**16:
            raise OptionError(
                f"{name}: {origin!r} is not an origin. Write https:// (or http://), the host and, if "
                "the URL has one, the port, such as https://moodle.example.org: no path."
            )
    return tuple(dict.fromkeys(origins))
