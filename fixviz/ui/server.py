"""What the server has beside its pages: routes, middleware, and what happens at start and stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.runtime import Runtime

from fixviz.servers import variables
from fixviz.settings import Settings
from fixviz.ui import incidents, warm_up
from fixviz.ui.address_bar import AddressBar
from fixviz.ui.embedding import Embedding
from fixviz.ui.learn.preload import hints as course_hints
from fixviz.ui.operations import server_log
from fixviz.ui.operations.routes import create_operations_routes
from fixviz.ui.owner import OwnerCookie
from fixviz.ui.preload import Preload
from fixviz.ui.routes import create_routes
from fixviz.ui.security.class_code import ClassCode
from fixviz.ui.security.headers import SecurityHeaders
from fixviz.ui.security.hosts import AllowedHosts
from fixviz.ui.security.login import Login
from fixviz.ui.security.requests import Requests
from fixviz.ui.security.tries import WrongTries
from fixviz.ui.security.uploads import UploadLimit, forget_uploads
from fixviz.ui.services import Services, services
from fixviz.ui.start.first import StartPage, prepare
from fixviz.ui.watch.preload import hints as watch_hints

SCRIPT: Final = Path(__file__).with_name("shell.py")
"""The script of every page. In an installed fixviz it does not lie below the launcher's folder."""
_FORGET_S: Final = 20.0


def routes() -> Sequence[BaseRoute]:
    """Return the routes under /api, which use this process's store and engine."""
    return [
        *create_routes(lambda: services().store, lambda: services().engine),
        *create_operations_routes(Settings.from_env(), services),
    ]


def middleware() -> Sequence[Middleware]:
    """Return the middleware that every request passes through, the outermost first."""
    settings = Settings.from_env()
    return [
        Middleware(SecurityHeaders, origins=settings.embed_origins),
        Middleware(AllowedHosts, hosts=settings.allowed_hosts),
        Middleware(Requests),
        Middleware(Embedding, origins=settings.embed_origins),
        Middleware(
            ClassCode,
            code=settings.class_code,
            home=settings.home,
            tries=WrongTries(servers=int(os.environ.get(variables.COUNT, "1"))),
        ),
        Middleware(Login, home=settings.home),
        Middleware(UploadLimit, settings=settings),
        Middleware(AddressBar),
        Middleware(StartPage),
        Middleware(OwnerCookie),
        Middleware(Preload, pages={"watch": _watch_hints, "course": course_hints}),
    ]


def tell_error(error: Exception) -> bool:
    """Tell an error that no page told, such as of a button's callback, by its number in the log."""
    incidents.tell(error)
    return True


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm up beside the server, which answers at once; close the engine at the end."""
    server_log.configure(Settings.from_env())
    ours = services()
    await run_in_threadpool(prepare)
    warm_up.start(ours)
    sweeping = asyncio.create_task(_forget_deleted(ours))
    try:
        yield {}
    finally:
        sweeping.cancel()
        ours.engine.close()


async def _forget_deleted(ours: Services) -> None:
    """Drop what was shared of runs that are deleted or expired, and uploads of visitors who have left."""
    left: dict[str, float] = {}
    while True:
        await asyncio.sleep(_FORGET_S)
        await run_in_threadpool(ours.forget_deleted)
        _forget_uploads(left)


def _forget_uploads(left: dict[str, float]) -> None:
    if not Runtime.exists():
        return
    runtime = Runtime.instance()
    manager = runtime.uploaded_file_mgr
    files: dict[str, object] = getattr(manager, "file_storage", {})
    active = {session for session in list(files) if runtime.is_active_session(session)}
    if files:
        forget_uploads(manager, active, left)


def _watch_hints(parameters: Mapping[str, str], _headers: Headers) -> list[str]:
    return watch_hints(lambda: services().store, parameters)
