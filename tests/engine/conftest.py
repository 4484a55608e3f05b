from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from fixviz.engine import AnalysisRequest, Engine, Job
from fixviz.engine.jobs import ModelRef
from fixviz.engine.steps import Functions
from fixviz.errors import UnknownModel
from fixviz.media import process
from fixviz.settings import Settings
from fixviz.store import Store
from tests.engine import work

_NUMBERS = itertools.count()

FUNCTIONS = Functions(
    decoder=f"{work.__name__}:decode",
    analyze=f"{work.__name__}:analyze",
    warm_up_decoder=f"{work.__name__}:warm_up_decoder",
    warm_up_models=f"{work.__name__}:warm_up",
)


def describe(name: str) -> ModelRef:
    if name == "unknown":
        raise UnknownModel("There is no model 'unknown'.")
    return ModelRef(name, f"/checkpoints/{name}", "a" * 64, 8.0)


@dataclass
class Bench:
    """An engine whose work functions misbehave on demand."""

    home: Path
    settings: Settings
    store: Store
    engine: Engine

    def request(self, behavior: str, content: str = "", **fields: Any) -> AnalysisRequest:
        """A request for a clip of that content; for a clip that nobody has seen without one."""
        content = content or f"clip {next(_NUMBERS)}"
        path = self.home.parent / f"{content}.mp4"
        path.write_text(content)
        return AnalysisRequest(str(path), models=(behavior,), **fields)

    def submit(self, behavior: str, content: str = "", owner: str = "ann", **f: Any) -> Job:
        return self.engine.submit(self.request(behavior, content, **f), owner)

    def run(self, behavior: str, content: str = "", **fields: Any) -> dict[str, Any]:
        """The manifest of a finished run."""
        return self.store.manifest(self.engine.run(self.request(behavior, content, **fields)))

    def open_gate(self) -> None:
        (self.home / "gate").touch()


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    engines: list[Engine] = []

    def make(*, workers: int = 1, **settings: Any) -> Bench:
        home = tmp_path / "home"
        chosen = Settings(home=home, **{"cancel_grace_s": 5.0, **settings})
        store = Store(chosen)
        engine = Engine(
            chosen, store, functions=FUNCTIONS, describe_model=describe, workers=workers
        )
        engines.append(engine)
        return Bench(home, chosen, store, engine)

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One engine for a whole module, which has to survive all that is done to it."""
    settings = Settings(home=tmp_path_factory.mktemp("survivor") / "home")
    store = Store(settings)
    with Engine(settings, store, functions=FUNCTIONS, describe_model=describe) as engine:
        yield Bench(settings.home, settings, store, engine)


PATIENCE_S = 60.0
"""How long a test waits for what happens at once on a computer that does nothing else.

What must not be waited for (`work.HANGS_S`, `GRACE_S`) takes longer than that.
"""
GRACE_S = 250.0


def until(condition: Callable[[], bool], timeout: float = PATIENCE_S) -> None:
    """Wait for a condition; fail when it does not come true."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


_others: set[int] = set()


@pytest.fixture(autouse=True, scope="package")
def processes_of_other_tests() -> None:
    """Tests here count processes: not a browser that stays open, nor decoders that stay warm."""
    process._pool.close()
    _others.update(child.pid for child in psutil.Process().children())


def workers(besides: Container[psutil.Process] = ()) -> list[psutil.Process]:
    """Living processes that this one has started since, but Python's own resource tracker.

    besides: those that are not counted, such as the ones of the module's `survivor`.
    """
    own = [child for child in psutil.Process().children() if child.pid not in _others]
    found = []
    for child in own:
        try:
            line = " ".join(child.cmdline())
            tracker = "resource_tracker" in line
            if child.status() != psutil.STATUS_ZOMBIE and not tracker and child not in besides:
                found.append(child)
        except psutil.Error:
            continue
    return found
