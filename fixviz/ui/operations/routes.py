"""The routes for those who run the server: /api/health, and /api/metrics where the settings have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute, Route

from fixviz.settings import Settings
from fixviz.ui import urls
from fixviz.ui.operations.health import health_endpoint
from fixviz.ui.operations.measured import metrics_endpoint
from fixviz.ui.services import Services


def create_operations_routes(
    settings: Settings, services: Callable[[], Services]
) -> Sequence[BaseRoute]:
    """Return the routes. `services` is called on a request, not before."""
    base = urls.routes()
    found = [
        Route(
            f"{base}/health",
            health_endpoint(lambda: services().settings, lambda: services().engine.health()),
        )
    ]
    if settings.metrics:
        found.append(Route(f"{base}/metrics", metrics_endpoint(lambda: services().engine)))
    return found
