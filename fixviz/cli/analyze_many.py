"""Analyze many clips into one data set: what `fixviz analyze` does for a folder, a pattern or a list."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

import click

from fixviz.batch.choose import work_on
from fixviz.batch.cluster.named import Cluster
from fixviz.batch.data_set import DataSet
from fixviz.batch.layout import ERRORS
from fixviz.batch.lazy import FILES_IN_MIND, OWNER
from fixviz.batch.listing import Listing, find_clips
from fixviz.batch.many_engine import engine_for
from fixviz.batch.progress import Progress
from fixviz.batch.work import request_of_set
from fixviz.data.disk import told
from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.settings import Settings
from fixviz.store import Store

_WORDS = {
    "computed": "computed now",
    "stored": "stored as runs before",
    "there": "there before",
    "same": "the same as another clip",
}


def analyze_many(
    sources: Sequence[str],
    out: Path,
    request: AnalysisRequest,
    settings: Settings,
    *,
    cluster: Cluster | None,
    overwrite: bool,
) -> None:
    """Analyze all clips of the sources into the data set `out`.

    request: without its video. cluster: None computes on this machine.

    Ends the process with exit code 1 where clips failed, 130 where it was stopped. Raises OptionError,
    ModelError or StorageError where nothing more can be done.
    """
    listing = find_clips(sources, out)
    store = Store(settings, remembered=FILES_IN_MIND)
    states: Counter[str] = Counter()
    stopped = False
    with (
        engine_for(settings, store, request, len(listing.clips)) as engine,
        Progress(len(listing.clips)) as progress,
        _stopped_by_terminate(),
    ):
        asked = request_of_set(engine, request)
        with DataSet(out, asked, overwrite=overwrite, unread=listing.unread) as data_set:
            _tell_what_is_not_analyzed(listing)
            work = work_on(
                *(cluster, engine, store, settings, data_set, request, OWNER, progress.show)
            )
            try:
                with closing(work.run(listing.clips)) as ends:
                    for end in ends:
                        progress.count(end)
                        states[end.state] += 1
            except KeyboardInterrupt:
                stopped = True
            except FixvizError:
                progress.say(_kept(progress, out))
                raise
    if stopped:
        click.echo(f"Stopped. {_kept(progress, out)}", err=True)
        sys.exit(130)
    parts = [f"{states[state]} {words}" for state, words in _WORDS.items() if states[state]]
    click.echo(f"{out}: {', '.join(parts) or 'no clip'}")
    if states["failed"] or listing.unread:
        click.echo(out / ERRORS)
        bad = _counted(states["failed"], "clip") if states["failed"] else ""
        folders = _counted(len(listing.unread), "folder") if listing.unread else ""
        what = " and ".join(text for text in (bad, folders) if text)
        click.echo(f"{what} could not be read or analyzed; {out / ERRORS} says why.", err=True)
        sys.exit(1)


def _tell_what_is_not_analyzed(listing: Listing) -> None:
    if listing.left_out:
        text = f"Left out {_counted(len(listing.left_out), 'entry')}: {told(listing.left_out)}"
        click.echo(_printable(text), err=True)
    for given, name in listing.renamed.items():
        click.echo(
            _printable(f"The list's column {given} is called {name} in the data set."), err=True
        )


def _kept(progress: Progress, out: Path) -> str:
    return (
        f"{progress.done} of {_counted(progress.total, 'clip')} were looked at, and {out} keeps what is "
        "done: the same command goes on from there."
    )


def _counted(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number} {what.removesuffix('y')}ies" if what.endswith("y") else f"{number} {what}s"


def _printable(text: str) -> str:
    """Return a text that a terminal can show, whatever the names in it hold."""
    shown = os.fsencode(text).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)


@contextmanager
def _stopped_by_terminate() -> Iterator[None]:
    """Let a request to terminate, as a cluster sends it before it kills, stop as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
