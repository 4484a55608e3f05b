"""Limit what one visitor keeps: runs, and the space of runs, uploads, examples and own checkpoints.

What is the same counts once: a run that is asked for again, a video of two runs. A run that others hold too
counts for each who holds it. The run that comes with fixviz counts for nobody, and neither does what was
derived from a run, since whoever has its link can ask for that.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from fixviz.engine.origins import read_request, uploads_of
from fixviz.engine.uploads import is_upload
from fixviz.errors import QuotaReached
from fixviz.own_models.registry import OwnModels
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.layout import Layout
from fixviz.teaching.examples import ExampleSets

_MB = 10**6


class Quota:
    """Tell whether a visitor may keep more; safe to use from many threads."""

    def __init__(self, settings: Settings, store: Store, shipped: Path | None) -> None:
        """Make the quota of one home. shipped: home of the runs that count for nobody."""
        self._settings, self._store = settings, store
        self._shipped = None if shipped is None else Layout(shipped)
        self._models, self._examples = OwnModels(settings), ExampleSets(settings)
        self._lock = threading.Lock()
        # Uploads that no run names yet. Those of a server that has stopped are deleted within a day.
        self._handed_in: dict[str, set[Path]] = {}

    def is_free(self, key: str) -> bool:
        """Tell whether a run counts for nobody."""
        return self._shipped is not None and self._shipped.manifest(key).is_file()

    def held(self, owner: str) -> set[str]:
        """Return the keys of the runs that count for `owner`. Raises StorageError."""
        return {key for key in self._store.keys_of(owner) if not self.is_free(key)}

    def check_runs(self, held: Collection[str], under_way: Iterable[str]) -> None:
        """Raise QuotaReached where one more run would be too many; both are keys of runs."""
        most = self._settings.max_runs
        if len({*held, *under_way}) >= most:
            raise QuotaReached(
                f"You have {most} {'run' if most == 1 else 'runs'}, with those under way, the most that one "
                "visitor may have. Delete one in the Library, then try again (or raise FIXVIZ_MAX_RUNS)."
            )

    def check_space(self, owner: str, more: int = 1, new: Path | None = None) -> None:
        """Raise QuotaReached when `owner` would keep more than allowed with `more` bytes.

        new: the upload that they are for; one that counts already takes no more room.
        """
        most = self._settings.max_stored_mb
        uploads = self.uploads(owner)
        if new is not None and new in uploads:
            return
        kept = self._stored(owner) + sum(map(_size, uploads))
        if kept + more > most * _MB:
            raise QuotaReached(
                f"What you keep takes {kept / _MB:.0f} MB, and this would pass the {most} MB that one "
                "visitor may keep. Delete runs in the Library, or checkpoints on the page Models, then try "
                "again (or raise FIXVIZ_MAX_STORED_MB)."
            )

    def note_upload(self, owner: str, path: Path) -> None:
        """Note that an upload is `owner`'s, before a run says so."""
        with self._lock:
            self._handed_in.setdefault(owner, set()).add(path)

    def uploads(self, owner: str) -> set[Path]:
        """Return the uploads that count for `owner`. Raises StorageError."""
        requests = []
        for origin in self._store.origins(owner):
            with contextlib.suppress(KeyError, TypeError):
                requests.append(read_request(origin["request"]))
        found = uploads_of(requests, self._settings)
        for example in self._examples.of(owner):
            found |= {Path(clip.path) for clip in example.all_clips}
        with self._lock:
            handed_in = {path for path in self._handed_in.pop(owner, ()) if path.is_file()}
            if handed_in:
                self._handed_in[owner] = handed_in
        return {path for path in found | handed_in if is_upload(path, self._settings)}

    def _stored(self, owner: str) -> int:
        """Return the bytes of runs, sets of examples and own checkpoints."""
        folders = [model.info.folder for model in self._models.list(owner)]
        folders += [self._examples.folder(example.id) for example in self._examples.of(owner)]
        files = (path for folder in folders for path in folder.rglob("*"))
        return self._store.bytes_of(self.held(owner)) + sum(map(_size, files))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
