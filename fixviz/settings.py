"""Define the settings of one installation, each with a default, an environment variable and a key.

`FIXVIZ_MAX_UPLOAD_MB=500 fixviz app` changes one of them, and so does `max_upload_mb = 500` in
fixviz.toml. docs/reference/settings.md lists all; its table is made from this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final, Literal

import platformdirs

from fixviz.errors import OptionError
from fixviz.settings_sources import Above, Checked, read_values

PREFIX: Final = "FIXVIZ_"
FILE_NAME: Final = "fixviz.toml"
FILE_VARIABLE: Final = "FIXVIZ_SETTINGS"
_ORIGIN: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
)

_STORE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^@?#\s]+")
_SHORTEST_CODE, _LONGEST_CODE = 6, 100
_RAY: Final = re.compile(r"ray(://\S+:\d{1,5})?")
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[?[0-9a-f:]+\]?")


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("fixviz", appauthor=False))


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins in lower case, without a slash at their ends, each once. Raises ValueError."""
    origins = tuple(origin.lower().removesuffix("/") for origin in origins)
    for origin in origins:
        if "*" in origin:
            raise ValueError(
                f"{origin!r} has a wildcard. Whoever shows the app in a frame can lead its "
                "visitors' clicks, so name each origin, such as https://moodle.example.org."
            )
        found = _ORIGIN.fullmatch(origin)
        if found is None or not 0 < int(found["port"] or 1) < 2**16:
            raise ValueError(
                f"{origin!r} is not an origin. Write https:// (or http://), the host and, if "
                "the URL has one, the port, such as https://moodle.example.org: no path."
            )
    return tuple(dict.fromkeys(origins))


def _hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of hosts in lower case, each once. Raises ValueError."""
    hosts = tuple(host.lower().rstrip(".") for host in hosts)
    for host in hosts:
        if host != "*" and not _HOST.fullmatch(host):
            raise ValueError(
                f"{host!r} is not the name of a host. Write it without https://, port and path, such as "
                "class.example.org, or *.example.org for all hosts of a domain."
            )
    return tuple(dict.fromkeys(hosts))


def _store(url: str) -> str:
    """Return the URL of a store without a slash at its end. Raises ValueError."""
    url = url.strip().rstrip("/")
    if url and not _STORE.fullmatch(url):
        # Not quoted: it may hold a password.
        raise ValueError(
            "This is not the URL of a store. Write a kind, a place and perhaps a path, such as "
            "s3://bucket/runs; credentials come from the environment."
        )
    return url


def _class_code(code: str) -> str:
    """Return a code without spaces around it. Raises ValueError for one that is soon guessed."""
    code = code.strip()
    if code and not _SHORTEST_CODE <= len(code) <= _LONGEST_CODE:
        # Not quoted: it is a secret, and this sentence ends in logs.
        raise ValueError(f"The code must have {_SHORTEST_CODE} to {_LONGEST_CODE} characters.")
    return code


def _data_sets(folder: Path) -> Path | None:
    """Return the absolute path of a folder; None for an empty text. Raises ValueError for no folder."""
    if folder == Path():
        return None
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is not a folder.")
    return folder


def _engine(engine: str) -> str:
    """Return where jobs are computed. Raises ValueError, also for a cluster where Ray is missing."""
    engine = engine.strip()
    if engine == "local":
        return engine
    if not _RAY.fullmatch(engine):
        raise ValueError(
            f"{engine!r} is no engine. Use local, ray://HOST:10001 for a Ray cluster, or ray on one of its "
            "nodes."
        )
    if find_spec("ray") is None:
        raise ValueError('Ray is not installed here; run pip install "fixviz[cluster]".')
    return engine


def _at_least_none(number: float) -> float:
    """Return a number that is not negative. Raises ValueError for others."""
    if not number >= 0:
        raise ValueError(f"{number:g} must be 0 or more.")
    return number


_Count = Annotated[int, Above(0)]
_Amount = Annotated[float, Above(0)]


def checked_store(url: str) -> str:
    """Return the URL of a store as the settings keep it. Raises OptionError."""
    try:
        return _store(url)
    except ValueError as error:
        raise OptionError(str(error)) from None


@dataclass(frozen=True)
class Settings:
    """Hold what an installation allows and where it keeps its files.

    The field `max_seconds` is set by `FIXVIZ_MAX_SECONDS`, and so on for the others.
    """

    home: Path = field(default_factory=_default_home)
    """Folder of stored runs, uploads and the user's own checkpoints."""
    store: Annotated[str, Checked(_store)] = ""
    """URL of a store of runs that machines share, such as s3://bucket/runs; the home keeps copies."""
    max_upload_mb: _Count = 200
    """Largest video file, in megabytes (1,000,000 bytes)."""
    max_seconds: _Amount = 600.0
    """Longest video, in seconds."""
    max_pixels: _Count = 3840 * 2160
    """Largest frame, in pixels (width times height)."""
    max_frames: _Count = 128
    """Most frames that one run analyzes."""
    max_checkpoint_mb: _Count = 500
    """Largest size of all files of an own checkpoint together, in megabytes (1,000,000 bytes)."""
    max_models: _Count = 10
    """Most own checkpoints that one person may keep."""
    max_runs: _Count = 100
    """Most runs that one visitor may have, with those under way."""
    max_stored_mb: _Count = 5000
    """Most that the runs, uploads and own checkpoints of one visitor take, in megabytes (1,000,000 bytes)."""
    decode_timeout_s: _Amount = 60.0
    """Seconds after which a decoder is stopped."""
    job_timeout_s: _Amount = 900.0
    """Seconds after which an analysis is stopped."""
    check_timeout_s: _Amount = 120.0
    """Seconds after which the check of an own checkpoint is stopped."""
    cost_seconds: _Amount = 30.0
    """Seconds that a measurement on the page Cost takes, about; analyses wait meanwhile."""
    cancel_grace_s: _Amount = 5.0
    """Seconds that a cancelled job has to stop by itself before its process is killed."""
    engine: Annotated[str, Checked(_engine)] = "local"
    """Where jobs are computed: local, ray://HOST:10001 for a Ray cluster, or ray on one of its nodes."""
    cluster_workers: _Count = 8
    """Most jobs that a cluster computes at the same time."""
    cluster_cpus: _Amount = 2.0
    """Cores of a cluster's node that each of these jobs takes."""
    cluster_gpus: Annotated[float, Checked(_at_least_none)] = 0.0
    """GPUs of a cluster's node that each of these jobs takes; a half lets two jobs share one."""
    queue_size: _Count = 300
    """Most jobs that may wait."""
    shared_mb: _Count = 256
    """Memory for arrays, figures and pictures that visitors share, in megabytes (1,000,000 bytes)."""
    run_days: _Amount = 30.0
    """Days after its last use that a run, an upload or an own checkpoint is kept."""
    data_sets: Annotated[Path | None, Checked(_data_sets)] = None
    """Folder of data sets of many clips that every visitor may compare, with the runs that they name."""
    embed_origins: Annotated[tuple[str, ...], Checked(_origins)] = ()
    """Origins of the sites that may show the app in a frame, such as https://moodle.example.org."""
    allowed_hosts: Annotated[tuple[str, ...], Checked(_hosts)] = ()
    """Names in the app's URL, such as class.example.org; IP addresses and names without a dot need none."""
    class_code: Annotated[str, Checked(_class_code)] = field(default="", repr=False)
    """Code that visitors type once before they see anything; of at least 6 characters."""

    compile: Literal["off", "auto"] = "off"
    """Whether blocks that often run on a processor are compiled; auto does so where it finds a compiler."""
    log: Literal["text", "json"] = "text"
    """Form of the app's log: lines for people, or one JSON object a line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged. Below info, the log may hold names of clips and links of runs."""
    metrics: bool = False
    """Whether the app answers at /api/metrics with numbers for Prometheus."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Return the defaults, changed by a file, and both by the variables of `env`.

        `env` is the process's environment by default. The file is the one that `FIXVIZ_SETTINGS`
        names, or else fixviz.toml in the current folder. A process reads it once.

        Raises OptionError when a value is not of its field's type or range, when the file cannot be
        read, or when it has a key that is no setting.
        """
        env = os.environ if env is None else env
        ours = {name: text for name, text in env.items() if name.startswith(PREFIX)}
        named = ours.pop(FILE_VARIABLE, "")
        file = Path(named).expanduser().absolute() if named else _file_here()
        # Most people set nothing: they need not wait for the library that checks what is set.
        return _read(tuple(sorted(ours.items())), file) if ours or file else cls()


def variable(name: str) -> str:
    """Return the environment variable of a field."""
    return f"{PREFIX}{name.upper()}"


def unknown_variables(env: Mapping[str, str] | None = None) -> list[str]:
    """Return the names of variables of `env` that begin as those of settings do and are none."""
    known = {variable(f.name) for f in fields(Settings)} | {FILE_VARIABLE}
    env = os.environ if env is None else env
    return sorted(name for name in env if name.startswith(PREFIX) and name not in known)


def _file_here() -> Path | None:
    try:
        return _file_in(Path.cwd())
    except OSError:  # The folder was deleted.
        return None


@cache
def _file_in(folder: Path) -> Path | None:
    # Asked once, so that a file that appears later does not change the settings of a running server.
    return folder / FILE_NAME if (folder / FILE_NAME).is_file() else None


@lru_cache(maxsize=16)
def _read(variables: tuple[tuple[str, str], ...], file: Path | None) -> Settings:
    return Settings(**read_values(Settings, dict(variables), file, PREFIX))
