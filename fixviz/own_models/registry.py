"""Keep the checkpoints that people loaded; each belongs to one owner. Loads no torch.

    home/models/<name>/config.json, model.safetensors, card.md    a checkpoint like the shipped ones
    home/models/<name>/own.json                                   its owner and origin

The name is computed from owner and content, and cannot be guessed. Somebody who loads the same files
again gets the same name, so that earlier runs find their checkpoint. Two people who load the same
file get two names and do not see each other.

Only the owner is offered the model. A person who has the link of a run may have more computed from
that run with its model; nobody can download the weights. A checkpoint that nobody has used for
`settings.run_days` is deleted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fixviz.errors import CheckpointError, ModelError, UnknownModel
from fixviz.model.config import CheckpointInfo, checkpoint_sha256, read_config
from fixviz.settings import Settings
from fixviz.store.files import modified, storing, sweep, touch_rarely

_NAME = re.compile(r"[a-z0-9-]{1,12}-[a-z2-7]{26}")
_RECORD = "own.json"
_PART = ".part-"
_PART_AGE_S = 3600.0
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Origin:
    """Hold what own.json says: who owns a checkpoint, and where it came from."""

    owner: str
    created: float
    """Seconds since 1970, UTC."""
    source: str
    """Name of the loaded file."""
    source_sha256: str
    kind: str
    """Phrase that names the kind of file, such as "a fixviz checkpoint"."""
    seconds_per_window: float
    """Time of one forward pass over one window, measured on one core when it was loaded."""


@dataclass(frozen=True)
class OwnModel:
    """Describe one kept checkpoint."""

    name: str
    info: CheckpointInfo
    origin: Origin
    expires: float
    """When the checkpoint is deleted unless it is used before; seconds since 1970, UTC."""

    @property
    def title(self) -> str:
        """Title to show."""
        return self.info.title


def own_folder(settings: Settings, name: str) -> Path | None:
    """Return the folder of the own checkpoint with that name, of any owner; None without one."""
    if not _NAME.fullmatch(name):
        return None
    folder = settings.home / "models" / name
    return folder if (folder / _RECORD).is_file() else None


def note_model_use(folder: Path) -> None:
    """Note that an own checkpoint is used now; without effect on other folders."""
    record = folder / _RECORD
    if record.is_file():
        touch_rarely(record)


def sweep_models(settings: Settings, now: float | None = None) -> int:
    """Delete own checkpoints unused for `settings.run_days`, and remains of crashes; return how many."""
    now = time.time() if now is None else now
    root = settings.home / "models"
    gone = sweep(root, now - _PART_AGE_S, prefix=_PART)
    for folder in list(root.iterdir()) if root.is_dir() else []:
        used = modified(folder / _RECORD) if (folder / _RECORD).is_file() else modified(folder)
        if _NAME.fullmatch(folder.name) and now - used > settings.run_days * _DAY_S:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


class OwnModels:
    """List, keep and delete the own checkpoints of one home folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._root = settings.home / "models"

    def list(self, owner: str) -> Sequence[OwnModel]:
        """Return the checkpoints of `owner`, oldest first, without damaged ones."""
        found = []
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            model = self._read(folder) if _NAME.fullmatch(folder.name) else None
            if model is not None and model.origin.owner == owner:
                found.append(model)
        return sorted(found, key=lambda model: model.origin.created)

    def get(self, name: str, owner: str) -> OwnModel:
        """Return one checkpoint of `owner`. Raises UnknownModel, also for those of others."""
        folder = own_folder(self.settings, name)
        model = None if folder is None else self._read(folder)
        if model is None or model.origin.owner != owner:
            raise UnknownModel("There is no such checkpoint any more; load it again.")
        return model

    def delete(self, name: str, owner: str) -> None:
        """Delete a checkpoint of `owner`; runs made with it stay. Raises UnknownModel, StorageError."""
        model = self.get(name, owner)
        doomed = self._root / f"{_PART}{secrets.token_hex(8)}"
        with storing("the deletion", self.settings.home):
            # Renaming is one step, so nobody can load half a checkpoint.
            model.info.folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def check_room(self, owner: str, more: int = 1) -> None:
        """Raise CheckpointError when `more` would give `owner` more checkpoints than one person may have."""
        most = self.settings.max_models
        known = len(self.list(owner))
        if known + more > most:
            plural = "" if most == 1 else "s"
            if known < most:
                raise CheckpointError(
                    f"You have {known} of the {most} checkpoint{plural} of your own that are allowed, "
                    f"and {more} more do not fit; delete some first (or raise FIXVIZ_MAX_MODELS)."
                )
            raise CheckpointError(
                f"You have {most} checkpoint{plural} of your own, the most allowed; delete one first "
                "(or raise FIXVIZ_MAX_MODELS)."
            )

    def staging(self) -> Path:
        """Make a new folder for files that are being checked. Raises StorageError."""
        with storing("the checkpoint", self.settings.home):
            folder = self._root / f"{_PART}{secrets.token_hex(8)}"
            folder.mkdir(parents=True)
        return folder

    def keep(self, folder: Path, origin: Origin) -> str:
        """Keep a checked checkpoint folder; return its name. Raises CheckpointError, StorageError."""
        name = own_name(origin.owner, read_config(folder).title, checkpoint_sha256(folder))
        target = self._root / name
        with storing("the checkpoint", self.settings.home):
            (folder / _RECORD).write_text(json.dumps(asdict(origin), indent=1), encoding="utf-8")
            if (target / _RECORD).is_file():
                shutil.rmtree(folder, ignore_errors=True)  # The same files were loaded before.
                touch_rarely(target / _RECORD, every_s=0.0)
            else:
                shutil.rmtree(target, ignore_errors=True)
                folder.rename(target)
        return name

    def _read(self, folder: Path) -> OwnModel | None:
        try:
            origin = _origin(json.loads((folder / _RECORD).read_bytes()))
            info = read_config(folder)
        except (OSError, ValueError, KeyError, TypeError, ModelError):
            return None
        used = modified(folder / _RECORD)
        return OwnModel(folder.name, info, origin, used + self.settings.run_days * _DAY_S)


def readable(name: str) -> str:
    """Return a model's name to show; an own checkpoint's without its unguessable end."""
    return name[:-27] if _NAME.fullmatch(name) else name


def own_name(owner: str, title: str, sha256: str) -> str:
    """Return the name of an own checkpoint: the title's start, then an end that cannot be guessed.

    The name has at most 39 characters, all of a-z, 0-9 and -, as URLs and file names allow.
    """
    start = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:12].strip("-")
    digest = hashlib.sha256(f"{owner}\0{sha256}".encode()).digest()
    return f"{start or 'own'}-{base64.b32encode(digest).decode().lower()[:26]}"


def _origin(values: Mapping[str, object]) -> Origin:
    return Origin(
        owner=str(values["owner"]),
        created=float(str(values["created"])),
        source=str(values["source"]),
        source_sha256=str(values["source_sha256"]),
        kind=str(values["kind"]),
        seconds_per_window=float(str(values["seconds_per_window"])),
    )
