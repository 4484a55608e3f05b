"""Print what `fixviz analyze` would take."""

from __future__ import annotations

import time
from dataclasses import replace

import click

from fixviz.engine import AnalysisRequest, Engine, Estimate
from fixviz.engine.estimate import duration
from fixviz.media import VideoInfo, probe
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.model.frame_sizes import common_sizes
from fixviz.own_models.registry import own_folder
from fixviz.settings import Settings
from fixviz.store import Store

_POLL_S = 0.1


def print_estimates(request: AnalysisRequest, settings: Settings, store: Store) -> None:
    """Print time and memory at the request's frame size; without one, at each that all models know.

    Raises what `Engine.estimate` raises.
    """
    with Engine(settings, store) as engine:
        request.check(settings)
        info = probe(request.video, settings)
        sizes: list[int | None] = [request.size]
        if request.size is None:
            folders = [own_folder(settings, n) or resolve_checkpoint(n) for n in request.models]
            sizes = [*common_sizes([read_config(folder) for folder in folders])] or [None]
        for size in sizes:
            found = _wait(engine, replace(request, size=size), info)
            name = "as trained" if size is None else f"{size} px"
            click.echo(f"{name}: {sentence(found)}")


def sentence(found: Estimate) -> str:
    """Say what a run takes, or why it would not be started."""
    if found.refused is not None:
        return found.refused
    return f"about {duration(found.seconds)}, {found.memory_bytes / 1e9:.1f} GB of memory"


def _wait(engine: Engine, request: AnalysisRequest, info: VideoInfo) -> Estimate:
    found = engine.estimate(request, info)
    if found is None:
        click.echo("Measuring how fast this machine is", err=True)
    while found is None:
        time.sleep(_POLL_S)
        found = engine.estimate(request, info)
    return found
