"""Serve numbers for Prometheus, where FIXVIZ_METRICS=true.

GET /api/metrics    what fixviz.metrics counts, and what is read off at this moment
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import psutil
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from fixviz import metrics
from fixviz.tasks.status import State


class Counted(Protocol):
    """Tell what an engine does now."""

    def counts(self) -> Mapping[State, int]:
        """Return how many jobs are in each state."""
        ...

    def memory_bytes(self) -> Mapping[str, int]:
        """Return the memory of each kind of process, in bytes."""
        ...


def metrics_endpoint(engine: Callable[[], Counted]) -> Callable[[Request], Response]:
    """Return the endpoint; it answers in the text format of Prometheus."""
    now = CollectorRegistry()
    now.register(_Now(engine))

    def answer(_request: Request) -> Response:
        body = generate_latest(metrics.counted()) + generate_latest(now)
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)

    return answer


class _Now(Collector):
    """Read off what changes by itself."""

    def __init__(self, engine: Callable[[], Counted]) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the engine is not asked before somebody asks for the numbers."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the gauges."""
        engine = self._engine()
        jobs = GaugeMetricFamily(
            "fixviz_jobs_under_way",
            "Jobs that wait or run; equal requests are one.",
            labels=["state"],
        )
        for state, count in engine.counts().items():
            jobs.add_metric([state], count)
        memory = GaugeMetricFamily(
            "fixviz_memory_bytes",
            "Resident memory of the server and its processes.",
            labels=["process"],
        )
        memory.add_metric(["server"], psutil.Process().memory_info().rss)
        for name, size in engine.memory_bytes().items():
            memory.add_metric([name], size)
        sessions = GaugeMetricFamily("fixviz_sessions", "Browser tabs that are connected.")
        sessions.add_metric([], _sessions())
        return jobs, memory, sessions


def _sessions() -> int:
    if not runtime.exists():
        return 0
    families = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    found = families.get(ACTIVE_SESSIONS_FAMILY, ())
    return sum(stat.value for stat in found if isinstance(stat, GaugeStat))
