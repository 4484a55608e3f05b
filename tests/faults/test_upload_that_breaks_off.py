"""A browser that goes away while it uploads: nothing is kept of the file, and the server works on."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import PLAIN, served

pytestmark = pytest.mark.slow

_TIMES, _SENT, _PROMISED = 11, 3 * 10**5, 10**7


def test_uploads_that_break_off_leave_nothing_and_the_server_works_on(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        host, port = urlsplit(app.url).hostname, urlsplit(app.url).port
        for number in range(_TIMES):
            path = f"/_stcore/upload_file/{'s' * 36}/file-{number}"
            part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
            head = (
                f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {app.url}\r\n"
                f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {_PROMISED}\r\n\r\n"
            )
            with socket.create_connection((host, port), timeout=60) as browser:
                browser.sendall((head + part).encode() + bytes(_SENT))
        for page in (PLAIN, f"/api/runs/{app.run}/manifest.json"):
            with urllib.request.urlopen(f"{app.url}{page}", timeout=60) as answer:
                assert answer.status == 200
        home = tmp_path / "home"
        kept = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size >= _SENT]
        assert not [path for path in kept if path.parent.name != "artifacts"]
        assert not list(home.glob("uploads/*"))
        log = (tmp_path / "app.log").read_text()
        assert "Traceback" not in log, log
