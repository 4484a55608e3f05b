"""Pictures of a clip that somebody is about to analyze, kept in memory for the browser to fetch.

They are decoded in a process that can be killed, like everything that people upload, and served
under a name that only the page knows.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fixviz.errors import JobCancelled
from fixviz.media import encode_image
from fixviz.media.process import read_clip
from fixviz.settings import Settings

PICTURES = 8
_KEPT = 60
"""Previews in memory, of 8 pictures of about 30 kB."""
_QUALITY = 75


@dataclass(frozen=True, eq=False)
class Preview:
    """Pictures of one span of a clip."""

    pictures: Sequence[bytes]
    """JPEG, upright, short side at most 360 pixels."""
    times: Sequence[float]
    """Seconds from the start of the video, of the frames that are shown."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class Previews:
    """The previews that were asked for most recently."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[object, Preview] = OrderedDict()

    def get(self, key: object, make: Callable[[], Preview]) -> Preview:
        """Return the preview with that key; make it first if it is not there."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made

    def picture(self, token: str, number: int) -> bytes | None:
        """Return one picture of the preview with that token as JPEG; None when it is no longer there."""
        with self._lock:
            for preview in self._known.values():
                if secrets.compare_digest(preview.token.encode(), token.encode()):
                    inside = 0 <= number < len(preview.pictures)
                    return preview.pictures[number] if inside else None
        return None


PREVIEWS = Previews()


def make_preview(
    path: str,
    first_s: float,
    last_s: float,
    settings: Settings,
    should_stop: Callable[[], bool] | None = None,
) -> Preview:
    """Read pictures of the frames on screen at evenly spaced times from `first_s` to `last_s`.

    Raises MediaError, OptionError, or JobCancelled once `should_stop()` is true.
    """
    length = last_s - first_s
    clip = read_clip(
        path,
        rate_hz=(PICTURES - 1) / length if length > 0 else 1.0,
        start_s=first_s,
        frames=PICTURES if length > 0 else 1,
        next_frames=False,
        settings=settings,
        should_stop=should_stop,
    )
    pictures = [encode_image(f, format="jpeg", quality=_QUALITY) for f in clip.frames]
    return Preview(pictures, [float(t) for t in clip.timestamps])


def show_preview(path: str, first_s: float, last_s: float, settings: Settings) -> Preview:
    """Return the preview, and count the seconds on the page while it is read. Raises as `make_preview`.

    A click during that time ends the reading at once: each update of the line lets Streamlit interrupt the
    page, and the interruption is raised again once the decoder has stopped.
    """
    key = (path, round(first_s, 4), round(last_s, 4))
    interruptions: list[BaseException] = []
    line = st.empty()
    started = time.monotonic()

    def should_stop() -> bool:
        try:
            line.markdown(f":small[Reading the clip ({time.monotonic() - started:.0f} s)]")
        except BaseException as interruption:
            interruptions.append(interruption)
        return bool(interruptions)

    try:
        return PREVIEWS.get(key, lambda: make_preview(path, first_s, last_s, settings, should_stop))
    except JobCancelled:
        if interruptions:
            raise interruptions[0] from None
        raise
    finally:
        if not interruptions:
            line.empty()


def preview_picture(request: Request) -> Response:
    """Answer a request for one picture of a preview."""
    data = PREVIEWS.picture(request.path_params["token"], request.path_params["number"])
    if data is None:
        return JSONResponse({"error": "This preview is gone; open the clip again."}, 404)
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(data, media_type="image/jpeg", headers=headers)
