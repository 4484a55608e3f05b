"""Define `fixviz analyze`, which writes the app's analysis to a folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from fixviz.engine import DEFAULT_MODELS, AnalysisRequest, Engine, JobStatus
from fixviz.errors import OptionError
from fixviz.settings import Settings, checked_store
from fixviz.store import Store


@click.command(name="analyze")
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write to; needed but for --estimate."
)
@click.option("--overwrite", is_flag=True, help="Replace other results of fixviz that --out holds.")
@click.option(
    "--models",
    default=",".join(DEFAULT_MODELS),
    show_default=True,
    help="Names of shipped models or checkpoint folders, separated by commas.",
)
@click.option(
    "--size",
    type=int,
    help="Short side in pixels of the frames that all models see, such as 112 for finer maps."
    "  [default: what each model was trained at]",
)
@click.option(
    "--frames", type=int, help="Analyze at most so many frames.  [default: all of the span]"
)
@click.option(
    "--start", type=float, default=0.0, show_default=True, help="Where to start, in seconds."
)
@click.option("--end", type=float, help="Where to end, in seconds.  [default: end of the video]")
@click.option(
    "--crop",
    metavar="LEFT,TOP,WIDTH,HEIGHT",
    help="Part of the picture, in pixels of the upright video.  [default: all of it]",
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path),
    help="Masks of what moves: a mask video, a ZIP, or a folder of PNG files, one for each frame."
    "  [default: NAME_mask.mp4, NAME_mask.zip or NAME_mask/ beside the video]",
)
@click.option(
    "--inverted-masks", is_flag=True, help="The masks are black where the moving thing is."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--engine",
    "engine_name",
    default="local",
    show_default=True,
    help="What computes many clips: local, ray (the Ray cluster that this machine is in, or one that is "
    "started here), or HOST:PORT of the head node of one that this machine is in.",
)
@click.option(
    "--worker-cores", type=float, default=1.0, show_default=True, help="Cores of one Ray worker."
)
@click.option(
    "--worker-gpus", type=float, default=0.0, show_default=True, help="GPUs of one Ray worker."
)
@click.option(
    "--workers",
    type=int,
    help="Most Ray workers, for which the cluster may grow.  [default: as many as there is room for]",
)
@click.option(
    "--store",
    "store_url",
    metavar="URL",
    help="Store of runs that machines share, such as s3://bucket/runs.  [default: FIXVIZ_STORE]",
)
@click.option(
    "--estimate",
    "only_estimate",
    is_flag=True,
    help="Only say what the analysis would take on this machine, at each frame size the models know.",
)
def command(
    videos: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    models: str,
    size: int | None,
    frames: int | None,
    start: float,
    end: float | None,
    crop: str | None,
    masks: Path | None,
    inverted_masks: bool,
    device: str,
    engine_name: str,
    worker_cores: float,
    worker_gpus: float,
    workers: int | None,
    store_url: str | None,
    only_estimate: bool,
) -> None:
    """Run the models on VIDEO; write manifest.json, tables and overlay-MODEL.mp4 to --out.

    With masks of what moves, attention is measured against them. So it is against the JSON with the truth
    of a video that fixviz drew, where it lies beside VIDEO. A folder that holds another run is left as it
    is, unless --overwrite is given.

    VIDEO may also be a folder, a pattern in quotes such as "clips/*.mp4", a list such as clips.csv, or
    several of these: then --out gets one data set of all clips (docs/reference/many-clips.md). The same
    command goes on where it was stopped. Exit codes: 0 all went well, 1 some clips failed (errors.csv says
    why), 2 nothing could be done, 130 stopped.
    """
    from fixviz.batch.cluster.named import cluster_named
    from fixviz.batch.layout import is_data_set
    from fixviz.batch.listing import is_many
    from fixviz.reading.clip_facts import notes
    from fixviz.reading.exports.guarded_folders import check_folder
    from fixviz.reading.exports.run_folder import export_run

    if out is None and not only_estimate:
        raise OptionError("Name the folder to write to: --out FOLDER.")
    many = len(videos) > 1 or is_many(videos[0]) or (out is not None and is_data_set(out))
    if many and (only_estimate or masks is not None):
        option = "--estimate looks at" if only_estimate else "--masks belongs to"
        raise OptionError(f"{option} one video; masks of many lie beside them, as NAME_mask.mp4.")
    cluster = cluster_named(engine_name, cores=worker_cores, gpus=worker_gpus, workers=workers)
    if cluster is not None and not many:
        raise OptionError(f"--engine {engine_name} is for many clips: give a folder or a list.")
    settings = Settings.from_env()
    if store_url is not None:
        settings = replace(settings, store=checked_store(store_url))
    request = AnalysisRequest(
        video="" if many else videos[0],
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        size=size,
        start_s=start,
        end_s=end,
        frames=frames,
        crop=None if crop is None else _read_crop(crop),
        device=device,
        masks=None if masks is None else str(masks),
        masks_inverted=inverted_masks,
    )
    store = Store(settings)
    if only_estimate or out is None:
        from fixviz.cli.estimate import print_estimates

        print_estimates(request, settings, store)
        return
    if many:
        from fixviz.cli.analyze_many import analyze_many

        analyze_many(videos, out, request, settings, cluster=cluster, overwrite=overwrite)
        return
    with Engine(settings, store) as engine, Progress() as progress:
        if not overwrite:
            # Checked before the analysis, which may take minutes.
            check_folder(out, engine.run_key(request))
        handle = store.share(engine.run(request, progress.show, owner="command line"))
    for path in export_run(store, handle, out, overwrite=overwrite):
        click.echo(path)
    click.echo(f"Run: {handle}")
    for note in notes(store.manifest(handle)):
        click.echo(f"Note: {note}", err=True)


def _read_crop(text: str) -> tuple[int, int, int, int]:
    try:
        left, top, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise OptionError(
            f"--crop {text!r} is not four whole numbers; use LEFT,TOP,WIDTH,HEIGHT, such as 40,0,200,160."
        ) from None
    return left, top, width, height


class Progress:
    """Draw a progress bar on standard error; without a terminal, print a line for each message."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal and self._last:
            click.echo(err=True)

    def show(self, status: JobStatus) -> None:
        """Draw where the job stands."""
        if self._terminal:
            filled = round(30 * status.progress)
            text = f"[{'#' * filled:<30}] {100 * status.progress:3.0f}%  {status.message}"
            click.echo(f"\r{text:<{len(self._last)}}", nl=False, err=True)
            self._last = text
        elif status.message and status.message != self._last:
            click.echo(status.message, err=True)
            self._last = status.message
