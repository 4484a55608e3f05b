"""Say which cluster analyzes many clips."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fixviz.errors import OptionError

_ADDRESS: Final = re.compile(r"[^\s/]+:\d{1,5}")


@dataclass(frozen=True)
class Cluster:
    """Say which cluster computes, and what of it one worker takes."""

    address: str = "auto"
    """HOST:PORT of a cluster; auto: the one that this machine is in, else one that is started here."""
    cores: float = 1.0
    gpus: float = 0.0
    workers: int | None = None
    """Most workers, for which a cluster may grow; None: as many as it has room for now."""

    def __post_init__(self) -> None:
        """Raise OptionError for shares that no worker can have."""
        if not (self.cores > 0 and self.gpus >= 0):
            raise OptionError(
                f"A worker cannot take {self.cores:g} cores and {self.gpus:g} GPUs; give it some cores."
            )
        if self.workers is not None and self.workers < 1:
            raise OptionError(f"{self.workers} workers are asked for; at least 1 is needed.")


def cluster_named(
    engine: str, *, cores: float = 1.0, gpus: float = 0.0, workers: int | None = None
) -> Cluster | None:
    """Return the cluster that `--engine` names; None for local. Raises OptionError."""
    if engine == "local":
        return None
    if engine == "ray":
        return Cluster("auto", cores, gpus, workers)
    if _ADDRESS.fullmatch(engine):
        return Cluster(engine, cores, gpus, workers)
    if engine.startswith("ray://"):
        raise OptionError(
            "Ray Data, which hands out many clips, does not work through ray:// from outside of a cluster. "
            "Run this command on one of the cluster's machines with --engine ray."
        )
    raise OptionError(
        f"There is no engine {engine!r}; use local, ray, or the HOST:PORT that `ray start --head` tells."
    )
