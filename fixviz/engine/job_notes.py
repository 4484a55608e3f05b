"""Note on disk who waits for which job, so that a restart of the server does not forget it.

Each job has one small file under home/jobs. It is written when the job is queued, names the owner and the
request, and gets the run once there is one. It is deleted when the job fails or is cancelled, with the run,
and with old scratch folders.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from fixviz.engine.jobs import AnalysisRequest
from fixviz.engine.living import Living
from fixviz.engine.origins import read_request
from fixviz.store.files import make_private, modified, write_atomic

_FOLDER: Final = "jobs"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobNote:
    """Describe a job that a server which has stopped may have had."""

    owner: str
    title: str
    request: AnalysisRequest | None
    """None for results derived from a run, which the page asks for again by itself."""
    run: str = ""
    """The owner's handle on the run; empty until the job is done."""
    server: str = ""
    """Id of the server that has the job; see `living`."""

    @property
    def is_open(self) -> bool:
        """Tell whether it is of an analysis that is not done yet."""
        return self.request is not None and not self.run


class JobNotes:
    """Read and write the notes below one home. Notes that cannot be written or read are ignored."""

    def __init__(self, home: Path) -> None:
        self.folder = home / _FOLDER
        self.living = Living(home)

    def write(self, job_id: str, note: JobNote) -> None:
        """Write a note under the job's id, as one of this server's jobs."""
        try:
            note = replace(note, server=self.living.id())
            values = {**asdict(note), "request": note.request and asdict(note.request)}
            make_private(self.folder)
            write_atomic(self._path(job_id), json.dumps(values).encode(), private=True)
        except OSError as error:
            _log.warning("A job's note could not be written: %s", error)

    def read(self, job_id: str, owner: str) -> JobNote | None:
        """Return the note of a job of this owner; None for an unknown job and for another owner's."""
        if not _ID.fullmatch(job_id):
            return None
        note = _read(self._path(job_id))
        return note if note is not None and note.owner == owner else None

    def all(self) -> dict[str, JobNote]:
        """Return all notes by the ids of their jobs, oldest first."""
        paths = self.folder.glob("*.json")
        found = sorted(paths, key=modified)
        return {path.stem: note for path in found if (note := _read(path)) is not None}

    def lost(self, owner: str) -> dict[str, JobNote]:
        """Return the notes of `owner`'s analyses whose server has stopped before they were done."""
        return {
            job_id: note
            for job_id, note in self.all().items()
            if note.owner == owner and note.is_open and not self.living.is_alive(note.server)
        }

    def open_requests(self) -> list[AnalysisRequest]:
        """Return the requests of all analyses that are not done."""
        notes = self.all().values()
        return [note.request for note in notes if note.request is not None and note.is_open]

    def remove_run(self, run: str) -> None:
        """Delete the notes of the jobs that made a run."""
        for job_id, note in self.all().items():
            if note.run == run:
                self.remove(job_id)

    def remove(self, job_id: str) -> None:
        """Delete the job's note, if there is one."""
        with contextlib.suppress(OSError):
            self._path(job_id).unlink(missing_ok=True)

    def _path(self, job_id: str) -> Path:
        return self.folder / f"{job_id}.json"


def _read(path: Path) -> JobNote | None:
    try:
        values = json.loads(path.read_bytes())
        request = values["request"]
        return JobNote(
            str(values["owner"]),
            str(values["title"]),
            None if request is None else read_request(request),
            str(values.get("run", "")),
            str(values.get("server", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def derived_id(owner: str, plan_key: str) -> str:
    """Return the id of the note on what `owner` wants derived: always the same for one result."""
    return hashlib.sha256(f"{owner}/{plan_key}".encode()).hexdigest()
