"""Uploads are as large as their kind may be, and gone once their visitor is."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from fixviz.settings import Settings
from fixviz.ui.security.uploads import KEPT_S, UploadLimit, forget_uploads

SETTINGS = Settings(max_upload_mb=2, max_checkpoint_mb=5)


async def taken(request: Request) -> Response:
    form = await request.form()
    (file,) = form.values()
    return PlainTextResponse(str(len(await file.read())))


SERVER = Starlette(
    routes=[Route("/_stcore/upload_file/{session}/{file}", taken, methods=["PUT"])],
    middleware=[Middleware(UploadLimit, settings=SETTINGS)],
)


@pytest.mark.parametrize(
    ("name", "megabytes", "status"),
    [
        ("clip.mp4", 1.5, 200),
        ("clip.mp4", 3.5, 413),
        ("CLIP.MOV", 3.5, 413),
        ("model.safetensors", 3.5, 200),
        ("model.safetensors", 6.5, 413),
        ("without", 6.5, 413),
    ],
)
def test_a_file_that_is_too_large_for_its_kind_is_refused(
    name: str, megabytes: float, status: int
) -> None:
    data = b"x" * int(megabytes * 1e6)
    answer = TestClient(SERVER).put("/_stcore/upload_file/s/f", files={"file": (name, data)})
    assert answer.status_code == status
    if status == 200:
        assert answer.text == str(len(data)), "the whole file arrives"
    else:
        assert "MB, the most that fixviz takes here." in answer.json()["error"]


def test_files_go_once_their_session_has_been_closed_for_a_while() -> None:
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    for session in ("open", "closed"):
        manager.add_file(session, UploadedFileRec("1", "a.mp4", "video/mp4", b"x" * 7))
    left: dict[str, float] = {}
    forget_uploads(manager, {"open", "closed"}, left, 0.0)
    forget_uploads(manager, {"open"}, left, 1000.0)
    assert manager.get_files("closed", ["1"]), "a browser that lost its way comes back"
    forget_uploads(manager, {"open", "closed"}, left, 1001.0)
    forget_uploads(manager, {"open"}, left, 1002.0)
    forget_uploads(manager, {"open"}, left, 1002.0 + KEPT_S)
    assert not manager.get_files("closed", ["1"])
    assert manager.get_files("open", ["1"])
    assert left == {}
