"""Keep a data set of many clips in a folder: its clips, the shards with their rows, and what failed.

A shard is published in steps that go on where a crash stopped them: its files are complete below STAGING
before a list of them is written there; from then on the next writer moves those that are left. One process
writes at a time. Its runs, and so its rows, are those that the table of runs names.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.clip_table import ClipTable, Row
from fixviz.batch.layout import (
    CLIPS,
    DESCRIPTION,
    ERRORS,
    MARK,
    Layout,
    read_description,
    shard_number,
)
from fixviz.batch.schema import RUNS_TABLE, TABLES, VERSION
from fixviz.batch.shard import SHARD_BYTES, RunRows, Shard
from fixviz.csv_files import write_rows
from fixviz.data.disk import LeftOut
from fixviz.errors import FixvizError, OptionError, StorageError
from fixviz.reading.exports.guarded_folders import held
from fixviz.store import SCHEMA_VERSION
from fixviz.store.files import sync_folder, write_atomic
from fixviz.version import __version__

_READY: Final = "ready.json"
_ERROR_COLUMNS: Final = ("clip", "path", "start_s", "end_s", "error_kind", "error")


class DataSet:
    """Open a data set for writing; close it, or use it in a `with` block.

    Methods that write raise StorageError when the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        request: Mapping[str, Any],
        *,
        overwrite: bool = False,
        unread: Sequence[LeftOut] = (),
        shard_bytes: int = SHARD_BYTES,
    ) -> None:
        """Open the data set in a folder, or make it.

        request: plain JSON of all that decides the content of its runs but the clips. overwrite: replace a
        data set of another request, or the files of a single run. unread: folders that could not be looked
        into, for errors.csv. shard_bytes: size from which on a shard is full. Raises OptionError for a
        folder that holds something else, or that another process writes into; StorageError.
        """
        self._layout, self._unread = Layout(folder), unread
        self._shard_bytes = shard_bytes
        self._shard: Shard | None = None
        self._last: int | None = None
        """Number of the last shard that this process began."""
        check_data_set(folder, request, overwrite=overwrite)
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._layout.lock, timeout=0)
            try:
                self._lock.acquire()
            except Timeout:
                raise OptionError(
                    f"Another fixviz writes into {folder}; wait until it is done, or name another folder."
                ) from None
        try:
            with _writing(folder):
                if overwrite:
                    self._remove_others(request)
                self._recover()
                self._describe(request)
                self._runs = self._published()
                self._clips = ClipTable(self._layout)
        except BaseException:
            self._lock.release()
            raise
        self._handles = {row["run"]: row["handle"] for row in self._clips if row["run"]}

    def __enter__(self) -> DataSet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._layout.folder

    def has(self, run: str) -> bool:
        """Tell whether it holds the rows of a run."""
        return run in self._runs

    def runs(self) -> frozenset[str]:
        """Return the keys of all runs whose rows it holds."""
        return frozenset(self._runs)

    def handle(self, run: str) -> str | None:
        """Return the handle of a run that it holds."""
        return self._handles.get(run)

    def find(self, clip: ClipRow) -> Row | None:
        """Return what clips.parquet holds about a clip; None for one that is new."""
        return self._clips.find(_named(clip))

    def add(self, rows: RunRows) -> None:
        """Add the rows of a run (see `fixviz.batch.shard.collect_rows`). Raises StorageError."""
        with _writing(self.folder):
            if self._shard is None:
                self._shard = self._next_shard()
            shard = self._shard
            try:
                shard.add(rows)
            except BaseException:
                self._discard()
                raise
        self._runs[rows.key] = shard.number

    def note(
        self, clip: ClipRow, run: str | None, handle: str | None, facts: Mapping[str, Any]
    ) -> None:
        """Note what became of a clip. facts: more columns of clips.parquet."""
        named = _named(clip)
        if run is not None and handle is not None:
            self._handles[run] = handle
        self._clips.note({**named, **facts, "run": run, "handle": handle})
        if self._shard is not None and self._shard.bytes >= self._shard_bytes:
            self.publish()

    def publish(self, *, whole: bool = False) -> None:
        """Make all that was added a part of the data set. whole: clips.parquet has all clips then."""
        with _writing(self.folder):
            # Clips first: they name the handles of runs, which shards do not.
            if self._clips.save(whole=whole):
                self._write_errors()
            shard, self._shard = self._shard, None
            if shard is not None:
                self._put(shard)

    def close(self) -> None:
        """Publish, drop the rows of runs that no clip has any more, and let others write."""
        try:
            self.publish(whole=True)
            with _writing(self.folder):
                self._drop_unlisted()
        finally:
            self._lock.release()

    def _discard(self) -> None:
        """Forget the open shard, which may hold a part of a run; its runs are still in the store."""
        shard, self._shard = self._shard, None
        if shard is not None:
            self._runs = self._published()
            shutil.rmtree(shard.staging, ignore_errors=True)

    def _next_shard(self) -> Shard:
        """Return the shard that takes the next rows: at first the last one, if it is not full."""
        last = self._last
        if last is None:
            # Looked up once: that takes as long as there are shards.
            numbers = (shard_number(path) for path in self._layout.shards(RUNS_TABLE.name))
            last = max(numbers, default=-1)
            if last >= 0 and self._bytes_of(last) < self._shard_bytes:
                self._last = last
                shard = Shard(self._staging(), last)
                shard.copy(self._layout)
                return shard
        self._last = last + 1
        return Shard(self._staging(), self._last)

    def _bytes_of(self, number: int) -> int:
        return sum(p.stat().st_size for name in TABLES for p in self._layout.shards(name, number))

    def _staging(self) -> Path:
        return self._layout.staging / secrets.token_hex(8)

    def _put(self, shard: Shard) -> None:
        """Publish a shard in the place of the one of its number."""
        files = shard.close()
        plan = {"move": files, "delete": sorted(shard.replaces - set(files))}
        shard.staging.mkdir(parents=True, exist_ok=True)
        write_atomic(shard.staging / _READY, json.dumps(plan).encode())
        self._finish(shard.staging)

    def _finish(self, staging: Path) -> None:
        """Move the files of a complete shard to their places, as far as that is not done."""
        plan = json.loads((staging / _READY).read_bytes())
        for name in plan["move"]:
            target = self.folder / name
            if (staging / name).exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                (staging / name).replace(target)
                sync_folder(target.parent)
        for name in plan["delete"]:
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(staging)

    def _recover(self) -> None:
        """Finish what a writer that was stopped had complete, and delete what it had not."""
        staging = self._layout.staging
        for folder in sorted(staging.iterdir()) if staging.is_dir() else ():
            if (folder / _READY).is_file():
                self._finish(folder)
            elif folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)

    def _drop_unlisted(self) -> None:
        listed = {row["run"] for row in self._clips}
        gone = {run: number for run, number in self._runs.items() if run not in listed}
        for number in sorted(set(gone.values())):
            shard = Shard(self._staging(), number)
            shard.copy(self._layout, without={run for run, n in gone.items() if n == number})
            self._put(shard)
        for run in gone:
            del self._runs[run]

    def _remove_others(self, request: Mapping[str, Any]) -> None:
        """Delete a data set of another request, and the files of a single run."""
        for path in held(self.folder).files:
            path.unlink(missing_ok=True)
        found = read_description(self.folder)
        if found is None or not _differences(found, request):
            return
        # The description goes last: without it, nobody would know whose files these are.
        for name in TABLES:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.rmtree(self._layout.staging, ignore_errors=True)
        for path in (self._layout.clips, self._layout.errors, self._layout.description):
            path.unlink(missing_ok=True)

    def _describe(self, request: Mapping[str, Any]) -> None:
        if not self._layout.description.exists():
            content = {MARK: VERSION, "fixviz": __version__, "runs": SCHEMA_VERSION}
            text = json.dumps({**content, "request": request}, indent=1) + "\n"
            write_atomic(self._layout.description, text.encode())

    def _published(self) -> dict[str, int]:
        """Return the runs with the numbers of their shards."""
        found: dict[str, int] = {}
        for path in self._layout.shards(RUNS_TABLE.name):
            keys = pq.read_table(path, columns=["run"], partitioning=None)["run"].to_pylist()
            found |= dict.fromkeys(keys, shard_number(path))
        return found

    def _write_errors(self) -> None:
        failed = [row for row in self._clips if row.get("error")]
        rows = [[row.get(name) for name in _ERROR_COLUMNS] for row in failed]
        for folder, why in self._unread:
            rows.append([_text(folder.name), _text(folder), None, None, "UnreadFolder", _text(why)])
        if not rows:
            self._layout.errors.unlink(missing_ok=True)
            return
        text = io.StringIO()
        write_rows(text, [_ERROR_COLUMNS, *rows])
        write_atomic(self._layout.errors, text.getvalue().encode())


def check_data_set(folder: Path, request: Mapping[str, Any], *, overwrite: bool = False) -> None:
    """Raise OptionError when a folder cannot take the data set of a request."""
    again = "name another folder, or add --overwrite to replace"
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; name a folder.")
    found = read_description(folder)
    if found is None:
        strange = [n for n in (*TABLES, CLIPS, ERRORS, DESCRIPTION) if (folder / n).exists()]
        if strange:
            raise OptionError(
                f"{folder} holds {strange[0]}, which fixviz did not write; name another folder."
            )
        if held(folder).keys and not overwrite:
            raise OptionError(f"{folder} holds the results of one clip: {again} them.")
    elif found[MARK] != VERSION:
        raise OptionError(
            f"{folder} holds a data set of another version of fixviz; name another folder."
        )
    elif not overwrite and (different := _differences(found, request)):
        raise OptionError(
            f"{folder} holds a data set that was made with other options ({', '.join(different)}): "
            f"{again} it."
        )


def _differences(found: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    """Return what a data set was made with that differs from a request, in words."""
    before = {"version of fixviz": found.get("runs"), **found.get("request", {})}
    now = {"version of fixviz": SCHEMA_VERSION, **request}
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return [f"{n}: {_said(before.get(n))} there, {_said(now.get(n))} here" for n in names]


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return " and ".join(f"{name} {sha[:8]}" for name, sha in value.items())
    return "none" if value is None else str(value)


def _named(clip: ClipRow) -> Row:
    """Return the columns of clips.parquet that come from the list."""
    folder = str(PurePosixPath(clip.name).parent)
    return {
        "clip": _text(clip.name),
        "folder": "" if folder == "." else _text(folder),
        "path": _text(clip.path.absolute()),
        "start_s": clip.start_s,
        "end_s": clip.end_s,
        "number": clip.number,
        **{_text(name): _text(value) for name, value in clip.carried.items()},
    }


def _text(value: object) -> str:
    """Return a text that UTF-8 can hold; bytes of a name that is no UTF-8 become \\xNN."""
    return os.fsencode(str(value)).decode("utf-8", "backslashreplace")


def error_facts(error: FixvizError | None) -> Row:
    """Return the columns of clips.parquet about an error."""
    if error is None:
        return {"error_kind": None, "error": None}
    return {"error_kind": type(error).__name__, "error": _text(error)}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn an OSError in the block into a StorageError that names the folder."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full: free some space" if full else error.strerror or str(error)
        raise StorageError(f"The data set could not be written to {folder} ({why}).") from None


def read_clips(folder: Path) -> pa.Table:
    """Return clips.parquet of a data set. Raises OptionError where there is none."""
    with contextlib.suppress(OSError):
        return pq.read_table(Layout(folder).clips, partitioning=None)
    raise OptionError(f"There is no data set in {folder}.")
