"""Answer whether this server can analyze a video now, for a load balancer or a container.

    GET /api/health    {"status": "ok", "worker": "ok", "decoder": "idle", "store": "ok"}

200 when all is well. 503 and "failing" when not; the part that fails then has the word for it
(`fixviz.engine.health`, `fixviz.store.writable`). Whether the server answers at all, which is less,
Streamlit tells at /_stcore/health.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fixviz.engine.health import WELL, Health
from fixviz.settings import Settings
from fixviz.store.writable import try_home

_KEPT_S: Final = 5.0
"""How long the answer of the disk holds, so that many questions do not wear it out."""
_PATIENCE_S: Final = 0.5
"""Longest wait for the disk. Until it answers, the store counts as slow."""


def health_endpoint(
    settings: Callable[[], Settings], engine: Callable[[], Health]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint. It runs on the event loop, not among the threads that pages may keep busy."""
    store = _StoreTrial(settings)

    async def answer(_request: Request) -> Response:
        words = {**asdict(engine()), "store": await store.word()}
        well = WELL.issuperset(words.values())
        return JSONResponse(
            {"status": "ok" if well else "failing", **words},
            status_code=200 if well else 503,
            headers={"Cache-Control": "no-store"},
        )

    return answer


class _StoreTrial:
    """Try the store in a thread, at most one at a time and not more often than every few seconds."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._word = "ok"
        self._until = 0.0
        self._trial: Future[str] | None = None

    async def word(self) -> str:
        if time.monotonic() < self._until:
            return self._word
        self._trial = self._trial or _begin(self._settings())
        try:
            word = await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(self._trial)), _PATIENCE_S
            )
        except TimeoutError:
            return "slow"
        self._word, self._trial = word, None
        self._until = time.monotonic() + _KEPT_S
        return word


def _begin(settings: Settings) -> Future[str]:
    """Start a trial in a thread of its own, which a disk that hangs may keep for ever."""
    trial: Future[str] = Future()

    def run() -> None:
        # Less than the largest upload is too little for the next one.
        trial.set_result(try_home(settings.home, settings.max_upload_mb * 10**6))

    threading.Thread(target=run, name="fixviz-store-trial", daemon=True).start()
    return trial
