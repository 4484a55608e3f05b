"""What the server has beside its pages: routes, middleware, and what happens at start and stop."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from fixviz.errors import FixvizError
from fixviz.ui.address_bar import AddressBar
from fixviz.ui.learn.preload import hints as course_hints
from fixviz.ui.owner import OwnerCookie
from fixviz.ui.preload import Preload
from fixviz.ui.routes import create_routes
from fixviz.ui.samples import samples, thumbnail
from fixviz.ui.services import Services, services
from fixviz.ui.start.first import StartPage
from fixviz.ui.watch.preload import hints as watch_hints

_log = logging.getLogger("fixviz")


def routes() -> Sequence[BaseRoute]:
    """Return the routes under /api, which use this process's store and engine."""
    return create_routes(lambda: services().store, lambda: services().engine)


def middleware() -> Sequence[Middleware]:
    """Return the middleware that every request passes through."""
    return [
        Middleware(AddressBar),
        Middleware(StartPage),
        Middleware(OwnerCookie),
        Middleware(Preload, pages={"watch": _watch_hints, "course": course_hints}),
    ]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm up beside the server, which answers at once; close the engine at the end."""
    ours = services()
    threading.Thread(target=_warm_up, args=(ours,), name="fixviz-warm-up", daemon=True).start()
    try:
        yield {}
    finally:
        ours.engine.close()


def _watch_hints(parameters: Mapping[str, str], _headers: Headers) -> list[str]:
    return watch_hints(lambda: services().store, parameters)


def _warm_up(ours: Services) -> None:
    try:
        ours.engine.warm_up()
        for sample in samples():
            thumbnail(sample.path)
    except FixvizError as error:
        _log.warning("Warm-up: %s", error)
    finally:
        # What is loaded by now stays; later collections need not look at it again.
        gc.collect()
        gc.freeze()
