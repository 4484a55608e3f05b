"""The runs of the sample clips: one comes with fixviz, the others are analyzed where the store lacks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixviz.course import shipped
from fixviz.engine import AnalysisRequest, Engine, JobStatus
from fixviz.errors import OptionError
from fixviz.reading.samples import Sample, sample_named, samples
from fixviz.settings import Settings
from fixviz.static_site.data import RUN
from fixviz.store import Store

_OWNER = "fixviz site"


@dataclass(frozen=True)
class SampleRun:
    """A sample clip with its run."""

    sample: Sample
    store: Store
    handle: str
    folder: str
    """Where its files lie among the course's data."""


def shipped_sample() -> str:
    """Return the name of the sample whose run comes with fixviz."""
    return Path(shipped.run().manifest["clip"]["name"]).stem


def chosen(names: Sequence[str] | None) -> list[Sample]:
    """Return the samples of these names in the order of their list; None for all.

    The sample whose run comes with fixviz is among them, since the lessons lead to it. Raises OptionError.
    """
    for name in names or ():
        if sample_named(name) is None:
            known = ", ".join(sample.name for sample in samples())
            raise OptionError(f"There is no sample clip called {name!r}; there are {known}.")
    return [
        sample for sample in samples() if names is None or sample.name in (*names, shipped_sample())
    ]


def sample_runs(
    wanted: Sequence[Sample], settings: Settings, on_status: Callable[[Sample, JobStatus], None]
) -> list[SampleRun]:
    """Return the runs of samples; those that the store lacks are computed on the CPU.

    on_status: called at each change of an analysis. Raises what `Engine.run` raises.
    """
    found = []
    store = Store(settings)
    with Engine(settings, store) as engine:
        for sample in wanted:
            if sample.name == shipped_sample():
                run = SampleRun(sample, shipped.run().store, shipped.HANDLE, RUN)
            else:
                # The same bytes on every machine with such a processor, with or without a GPU.
                request = AnalysisRequest(str(sample.path), device="cpu")
                handle = engine.run(request, _telling(sample, on_status), owner=_OWNER)
                run = SampleRun(sample, store, handle, f"{RUN}-{sample.name}")
            found.append(run)
    return found


def _telling(
    sample: Sample, on_status: Callable[[Sample, JobStatus], None]
) -> Callable[[JobStatus], None]:
    return lambda status: on_status(sample, status)
