"""Which sources there are to compare: the data set that comes with fixviz, those of the server, and runs.

A link names a data set, never a folder: only the person who runs the server says which folders are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fixviz import resources
from fixviz.batch.layout import is_data_set
from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.runs import open_runs
from fixviz.comparison.source import Clip, Source
from fixviz.errors import OptionError
from fixviz.reading.run import StoredRun
from fixviz.report.options import read_link
from fixviz.settings import Settings
from fixviz.store import Store

SHIPPED: Final = "samples"
SHIPPED_TITLE: Final = "Clips that come with fixviz"


def published(settings: Settings) -> dict[str, Path]:
    """Return the folders of the data sets that everybody may compare, by the name that links give them.

    Those in the folder of the setting `data_sets`, or that folder itself where it is a data set; before them
    the one that comes with fixviz. Hidden folders are left out.
    """
    found = {SHIPPED: resources.compared()} if is_data_set(resources.compared()) else {}
    folder = settings.data_sets
    if folder is None:
        return found
    if is_data_set(folder):
        return {**found, folder.name: folder}
    try:
        inner = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return found
    return {**found, **{path.name: path for path in inner if is_data_set(path)}}


def title_of(name: str) -> str:
    """Return how pages call a published data set."""
    return SHIPPED_TITLE if name == SHIPPED else name


def open_published(settings: Settings, name: str) -> Source:
    """Return a published data set. Raises OptionError for an unknown name, StorageError."""
    folders = published(settings)
    if name not in folders:
        raise OptionError(
            f"There is no data set {name!r}; there are {', '.join(folders) or 'none'}."
        )
    return open_data_set(folders[name], name, title_of(name))


def open_named(settings: Settings, store: Store, names: Sequence[str]) -> Source:
    """Return what a command names: a folder, a published data set, or runs by handles or links.

    Raises OptionError, RunNotFound, StorageError.
    """
    if len(names) == 1:
        folder = Path(names[0]).expanduser()
        if is_data_set(folder):
            return open_data_set(folder)
        if names[0] in published(settings):
            return open_published(settings, names[0])
        if folder.exists():
            raise OptionError(
                f"{folder} holds no data set; fixviz analyze CLIPS --out {folder} makes one."
            )
    runs = []
    for name in names:
        try:
            runs.append(StoredRun.open(store, read_link(name)[0]))
        except OptionError:
            known = ", ".join(published(settings))
            raise OptionError(
                f"{name[:80]!r} is no data set and no run. Give the folder that fixviz analyze wrote, a "
                f"published data set ({known}), or the handles of runs."
            ) from None
    return open_runs(runs)


def shipped_video(source: Source, clip: Clip) -> Path | None:
    """Return the video of a clip that comes with fixviz; None for any other clip."""
    if source.name != SHIPPED:
        return None
    folder, _, name = clip.name.partition("/")
    root = {"samples": resources.samples(), "teaching": resources.teaching()}.get(folder)
    if root is None:
        return None
    videos = {path.relative_to(root).as_posix(): path for path in root.rglob("*.mp4")}
    return videos.get(name)
