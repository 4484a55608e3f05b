"""Analyze many clips from Python: a table that computes what is missing when it is asked for rows."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from fixviz.batch.cluster.named import Cluster, cluster_named
from fixviz.batch.listing import Listing, Source, find_clips, table_clips
from fixviz.batch.progress import Progress
from fixviz.engine import DEFAULT_MODELS, AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.settings import Settings
from fixviz.store import Store

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

    from fixviz.batch.work import ClipEnd

OWNER: Final = "command line"
"""Whose library the runs are in: as those of the command line, whose user is the same."""
FILES_IN_MIND: Final = 2_000
"""How many checked files the store keeps in mind: each run is looked at once, when it is new."""
Paths: TypeAlias = Source | Sequence[Source] | Mapping[str, Iterable[object]]


def analyze(
    paths: Paths,
    *,
    out: str | os.PathLike[str] | None = None,
    models: Sequence[str] = DEFAULT_MODELS,
    size: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    frames: int | None = None,
    crop: tuple[int, int, int, int] | None = None,
    device: str = "auto",
    engine: str = "local",
    worker_cores: float = 1.0,
    worker_gpus: float = 0.0,
    workers: int | None = None,
    overwrite: bool = False,
    progress: bool | None = None,
    settings: Settings | None = None,
) -> Analyses:
    """Return the analyses of many clips as a lazy table; nothing is computed before it is asked for rows.

    paths: a folder, a pattern such as "clips/*.mp4", a list (.csv), a video, several of these, or the columns
    of a list by name, such as {"path": [...], "label": [...]} or dict(data_frame). A list's further columns
    are carried along.

    out: folder of the data set, which later calls and `fixviz analyze` go on with. None: a temporary folder,
    deleted with the table; the runs stay in the store, so that the same call is quick the next time.

    models: names of shipped checkpoints, or folders. size: short side of the frames in pixels; None shows
    each model the size it was trained at. start_s, end_s: span in seconds. frames: most frames. crop: left,
    top, width and height in pixels of the upright video. device: "auto", "cpu", "cuda", "cuda:1". overwrite:
    replace a data set that was made with other options. progress: whether to tell on standard error how far
    it is; None: in a terminal or notebook.

    engine: "local" computes here; "ray" on the Ray cluster that this machine is in, or on one that is started
    here for the time; "HOST:PORT" on the one with this head node. worker_cores, worker_gpus: what
    of the cluster one worker takes. workers: most of them, for which a cluster may grow; None: as many as
    there is room for.

    Raises OptionError for paths without clips, and for an unknown engine.
    """
    folder = None if out is None else Path(out).expanduser()
    if isinstance(paths, Mapping):
        listing = table_clips(paths)
    else:
        sources = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        listing = find_clips(sources, folder)
    request = AnalysisRequest(
        video="",
        models=tuple(str(model) for model in models),
        size=size,
        start_s=start_s,
        end_s=end_s,
        frames=frames,
        crop=crop,
        device=device,
    )
    return Analyses(
        listing,
        request,
        folder,
        settings or Settings.from_env(),
        cluster=cluster_named(engine, cores=worker_cores, gpus=worker_gpus, workers=workers),
        overwrite=overwrite,
        shown=_is_watched() if progress is None else progress,
    )


class Analyses:
    """Hold the analyses of many clips, of which those that are missing are computed on demand.

    All methods but `clips` and `compute` compute what is missing first. A clip that fails stops no other one:
    `errors` has its sentence. They raise OptionError, UnknownModel, CheckpointError or NoSuchDevice for
    options that no clip can be analyzed with, StorageError.
    """

    def __init__(
        self,
        listing: Listing,
        request: AnalysisRequest,
        folder: Path | None,
        settings: Settings,
        *,
        cluster: Cluster | None = None,
        overwrite: bool = False,
        shown: bool = False,
    ) -> None:
        """Make the table; see `fixviz.analyze`.

        folder: of the data set; None for a temporary one. cluster: None computes on this machine.
        """
        self._cluster = cluster
        self._listing, self._request, self._settings = listing, request, settings
        self._overwrite, self._shown = overwrite, shown
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="fixviz-")
            folder = Path(self._temporary.name) / "data-set"
        self._folder = folder
        self._store = Store(settings, remembered=FILES_IN_MIND)
        self._ends: list[ClipEnd] | None = None

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self._listing.clips)

    def __repr__(self) -> str:
        state = "not computed yet" if self._ends is None else f"{len(self.errors)} failed"
        return f"<{len(self)} clips, {', '.join(self._request.models)}: {state}>"

    @property
    def folder(self) -> Path:
        """The folder of the data set."""
        return self._folder

    @property
    def clips(self) -> list[Path]:
        """The videos, in order; nothing is computed for this."""
        return [clip.path for clip in self._listing.clips]

    @property
    def errors(self) -> dict[str, str]:
        """By the clip's name: the sentence that says why it failed; empty before all are computed."""
        failed = (end for end in self._ends or () if end.error is not None)
        return {end.clip.name: str(end.error) for end in failed}

    def compute(self) -> Analyses:
        """Compute what is missing, and return this table."""
        if self._ends is None:
            for _ in self._work():
                pass
        return self

    def dataset(self, table: str = "metrics") -> ds.Dataset:
        """Return a table of the data set for pyarrow, to read parts of it. Raises OptionError.

        Its rows name their run; `to_arrow` adds clips and carried columns.
        """
        from fixviz.batch.reading import open_table, table_named

        table_named(table)
        return open_table(self.compute().folder, table)

    def to_arrow(
        self,
        table: str = "metrics",
        columns: Sequence[str] | None = None,
        where: ds.Expression | None = None,
    ) -> pa.Table:
        """Return rows of a table, each with its clip, the clip's folder and what the list says of it.

        table: one of `fixviz.batch.schema.TABLES`. columns, where: which columns and rows to read; see
        `fixviz.batch.reading.read_table`. Undefined values are null.
        """
        from fixviz.batch.reading import read_table, table_named

        table_named(table)
        return read_table(self.compute().folder, table, columns, where)

    def to_pandas(
        self,
        table: str = "metrics",
        columns: Sequence[str] | None = None,
        where: ds.Expression | None = None,
    ) -> pd.DataFrame:
        """Return the same as a pandas data frame; undefined values are NaN."""
        return self.to_arrow(table, columns, where).to_pandas()

    def __iter__(self) -> Iterator[AnalyzedClip]:
        """Yield each clip as soon as it is there, in order; also those that failed."""
        ends = iter(self._ends) if self._ends is not None else self._work()
        for end in ends:
            yield AnalyzedClip(end, self._store, self._settings)

    def _work(self) -> Iterator[ClipEnd]:
        """Compute what is missing; remember what became of the clips once all are done."""
        from fixviz.batch.choose import work_on
        from fixviz.batch.data_set import DataSet
        from fixviz.batch.many_engine import engine_for
        from fixviz.batch.work import request_of_set

        ends = []
        with (
            engine_for(self._settings, self._store, self._request, len(self)) as engine,
            Progress(len(self), shown=self._shown) as progress,
            DataSet(
                self._folder,
                request_of_set(engine, self._request),
                overwrite=self._overwrite,
                unread=self._listing.unread,
            ) as data_set,
        ):
            work = work_on(
                *(self._cluster, engine, self._store, self._settings, data_set, self._request),
                *(OWNER, progress.show),
            )
            with closing(work.run(self._listing.clips)) as done:
                for end in done:
                    progress.count(end)
                    ends.append(end)
                    yield end
        self._ends = ends


@dataclass(frozen=True)
class AnalyzedClip:
    """One clip of `Analyses`."""

    end: ClipEnd
    store: Store
    settings: Settings

    @property
    def path(self) -> Path:
        """The video."""
        return self.end.clip.path

    @property
    def name(self) -> str:
        """How the folder or list calls it."""
        return self.end.clip.name

    @property
    def carried(self) -> Mapping[str, str]:
        """What the list says of it: texts by column."""
        return self.end.clip.carried

    @property
    def error(self) -> FixvizError | None:
        """Why it failed; None for a clip with rows."""
        return self.end.error

    @property
    def run(self) -> str | None:
        """Handle of its run, for `fixviz report` and links such as /watch?run=...; None if it failed."""
        return self.end.handle

    def to_arrow(self, table: str = "metrics") -> pa.Table:
        """Return its rows of a table. Raises the clip's error, RunNotFound, OptionError."""
        from fixviz.batch.reading import table_named
        from fixviz.batch.shard import rows_of_run

        described = table_named(table)
        if self.end.error is not None:
            raise self.end.error
        assert self.end.run is not None and self.end.handle is not None
        return rows_of_run(described, self.end.run, self.store, self.end.handle)

    def to_pandas(self, table: str = "metrics") -> pd.DataFrame:
        """Return the same as a pandas data frame."""
        return self.to_arrow(table).to_pandas()


def _is_watched() -> bool:
    """Tell whether somebody sees standard error: in a terminal, or below a cell of a notebook."""
    with suppress(AttributeError, ValueError):
        return sys.stderr.isatty() or "ipykernel" in sys.modules
    return False
