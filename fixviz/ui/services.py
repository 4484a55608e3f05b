"""The one store and the one engine of this process, shared by pages, routes and start-up.

With `fixviz app --servers` the engine is that of another process, which all servers share.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fixviz.course import shipped
from fixviz.engine import Engine
from fixviz.engine.remote import engine_of
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import OwnModels
from fixviz.reading.run import RunContent
from fixviz.reading.sharing import SharedCache
from fixviz.servers import variables
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.teaching.examples import ExampleSets


@dataclass(frozen=True)
class Services:
    """What pages and routes work with."""

    settings: Settings
    store: Store
    engine: Engine
    models: OwnModels
    loader: CheckpointLoader
    examples: ExampleSets
    shared: SharedCache[RunContent]
    """Arrays, figures and pictures that one visitor had computed, for the others. The owner of each is a
    `RunContent`."""

    def forget_deleted(self) -> None:
        """Drop from memory what belongs to runs, or names of clips, that nobody holds any more."""
        held = self.store.held()
        held = held | {(key, "") for key, _ in held}
        self.shared.forget(lambda owner: (owner.key, owner.name) not in held)


_lock: Final = threading.Lock()
_made: Final[dict[Settings, Services]] = {}


def services() -> Services:
    """Return the services for the settings in the environment; they are made on the first call.

    They are not in a cache of Streamlit: every browser may ask the server to empty those.
    """
    settings = Settings.from_env()
    found = _made.get(settings)
    if found is not None:
        return found
    with _lock:
        if settings not in _made:
            _made[settings] = _make(settings)
        return _made[settings]


def forget() -> None:
    """Make the services anew on the next call, as a server does that is started again."""
    with _lock:
        _made.clear()


def _make(settings: Settings) -> Services:
    store = Store(settings)
    socket = os.environ.get(variables.ENGINE)
    if socket:
        engine = engine_of(settings, Path(socket))
    else:
        engine = Engine(settings, store, shipped=shipped.home(shipped.folder()))
    models = OwnModels(settings)
    return Services(
        settings,
        store,
        engine,
        models,
        CheckpointLoader(models),
        ExampleSets(settings),
        SharedCache(settings.shared_mb * 1_000_000),
    )
