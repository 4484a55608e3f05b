"""Real web servers in front of two servers of the app, and a visitor who speaks as a browser does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BASE = "/lab/fixviz"


@contextmanager
def running(
    command: list[str], log: Path, cwd: Path, **env: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(url, timeout=10).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer: {log.read_text()}")


@dataclass
class Replica:
    """One of the servers of the app."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    def sessions(self) -> int:
        """How many tabs are connected to it."""
        text = httpx.get(f"{self.url}/api/metrics").text
        (family,) = (f for f in text_string_to_metric_families(text) if f.name == "fixviz_sessions")
        return int(family.samples[0].value)


@contextmanager
def replicas(folder: Path) -> Iterator[list[Replica]]:
    """Two servers on one store, as compose.replicas.yaml starts them."""
    with ExitStack() as stack:
        found = []
        for number in range(2):
            port, log = free_port(), folder / f"app-{number}.log"
            command = [sys.executable, "-m", "fixviz", "app", "--no-browser", f"--port={port}"]
            process = stack.enter_context(
                running(
                    [*command, "--address=127.0.0.1", f"--base-path={BASE}"],
                    log,
                    folder,
                    FIXVIZ_HOME=str(folder / "home"),
                    FIXVIZ_METRICS="true",
                    STREAMLIT_SERVER_COOKIE_SECRET="the same for both",
                )
            )
            found.append((Replica(port, process), log))
        for replica, log in found:
            wait_for(f"{replica.url}/api/health", replica.process, log)
        yield [replica for replica, _ in found]


def _ports(text: str, servers: list[Replica]) -> str:
    for usual, replica in zip(("8501", "8502"), servers, strict=True):
        assert f"127.0.0.1:{usual}" in text
        # Also where nginx compares addresses by a pattern.
        text = text.replace(f":{usual}", f":{replica.port}")
    return text


@contextmanager
def nginx(servers: list[Replica], folder: Path) -> Iterator[str]:
    """nginx with deploy/nginx/fixviz.conf, on other ports. Yields the URL of the app."""
    port, log = free_port(), folder / "nginx.log"
    text = _ports((DEPLOY / "nginx/fixviz.conf").read_text(), servers)
    assert "listen 80;" in text
    (folder / "fixviz.conf").write_text(text.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in paths)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/fixviz.conf; }}\n"
    )
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with running(command, log, folder) as process:
        wait_for(f"http://127.0.0.1:{port}{BASE}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}{BASE}"


@contextmanager
def caddy(servers: list[Replica], folder: Path) -> Iterator[str]:
    """Caddy with deploy/caddy/Caddyfile, on other ports. Yields the URL of the app."""
    port, log = free_port(), folder / "caddy.log"
    text = _ports((DEPLOY / "caddy/Caddyfile").read_text(), servers)
    assert "\n:80 {" in text
    text = text.replace("\n:80 {", f"\nhttp://127.0.0.1:{port} {{")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(command, log, folder, STICKY_SECRET="secret", **home) as process:
        wait_for(f"http://127.0.0.1:{port}{BASE}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}{BASE}"


@dataclass
class Visitor:
    """A browser with one tab: it loads the page for its cookies, and opens the WebSocket."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    session: str = ""
    open_until: ExitStack = field(default_factory=ExitStack)
    socket: ClientConnection = field(init=False)

    def open(self) -> None:
        """Load the page and connect, as at the first visit and after the connection was lost."""
        page = self.http.get(f"{self.url}/", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert self.http.get(f"{self.url}/_stcore/health").status_code == 200
        origin = re.match(r"http://[^/]+", self.url)
        assert origin
        connecting = connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(origin[0]),
            additional_headers={
                "Cookie": "; ".join(f"{k}={v}" for k, v in self.http.cookies.items())
            },
            open_timeout=120,
            max_size=None,
            proxy=None,
        )
        self.socket = self.open_until.enter_context(connecting)
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        self.socket.send(ask.SerializeToString())
        while True:
            message = ForwardMsg.FromString(self.socket.recv(timeout=60))
            if message.WhichOneof("type") == "new_session":
                self.session = message.new_session.initialize.session_id
            element = message.delta.new_element
            assert element.WhichOneof("type") != "exception", element.exception
            if message.WhichOneof("type") == "script_finished":
                return

    def upload(self, size: int) -> int:
        """Hand in a file as the page's uploader does; return the status of the answer."""
        answer = self.http.put(
            f"{self.url}/_stcore/upload_file/{self.session}/{uuid.uuid4()}",
            files={"file": ("clip.mp4", b"\0" * size, "video/mp4")},
            headers={"X-Xsrftoken": self.http.cookies.get("_streamlit_xsrf", "")},
        )
        return int(answer.status_code)

    def close(self) -> None:
        """Close the tab."""
        self.open_until.close()
        self.http.close()
