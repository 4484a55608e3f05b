"""`fixviz app --servers 2`, started once for nginx and once for Caddy, as visitors and operators meet it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed

from fixviz.errors import OptionError
from fixviz.servers import proxy
from fixviz.settings import Settings
from fixviz.store import Store
from tests.deploy.servers import Visitor
from tests.ports import free_port
from tests.ui.synthetic import synthetic_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
BASE = "/lab/fixviz"
PATIENCE_S = 90.0
CODE = "eyes wide 27"


@dataclass
class App:
    """The command as it runs."""

    process: subprocess.Popen[str]
    url: str
    ports: tuple[int, ...]
    home: Path
    proxy: str

    def children(self, word: str) -> list[psutil.Process]:
        """The processes that the command has started, with this word in their command line."""
        return having(word, psutil.Process(self.process.pid).children())

    def server(self, port: int) -> psutil.Process:
        (found,) = self.children(f"app_server {port}")
        return found

    def sessions(self, port: int) -> int:
        """How many tabs are connected to a server."""
        text = httpx.get(f"http://127.0.0.1:{port}{BASE}/api/metrics").text
        (family,) = (f for f in text_string_to_metric_families(text) if f.name == "fixviz_sessions")
        return int(family.samples[0].value)

    def pages(self) -> list[float]:
        """How many pages both servers have drawn, as each of them tells."""
        found = []
        for port in self.ports:
            text = httpx.get(f"http://127.0.0.1:{port}{BASE}/api/metrics").text
            samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
            found.append(sum(s.value for s in samples if s.name == "fixviz_page_seconds_count"))
        return found

    def takes(self, port: int, visitor: Visitor) -> bool:
        """Whether a server has the visitor's session."""
        at = f"http://127.0.0.1:{port}{BASE}"
        return Visitor(at, http=visitor.http, session=visitor.session).upload(10) == 204


def having(word: str, processes: list[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        with suppress(psutil.Error):  # It may just have ended.
            if word in " ".join(process.cmdline()):
                found.append(process)
    return found


@pytest.fixture(scope="module", params=proxy.NAMES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    try:
        proxy.find(request.param)
    except OptionError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("servers")
    port = free_port()
    command = [sys.executable, "-m", "fixviz", "app", "--servers=2", f"--proxy={request.param}"]
    command += ["--no-browser", f"--port={port}", "--address=127.0.0.1", f"--base-path={BASE}"]
    own = {"FIXVIZ_HOME": str(folder / "home"), "FIXVIZ_METRICS": "true", "TMPDIR": "/tmp"}
    log = (folder / "log").open("w+")
    with (
        log,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(
            rf"fixviz: (http://127\.0\.0\.1:{port}{BASE}/) \(2 servers, at (\d+), (\d+)\)\n", line
        )
        log.seek(0)
        assert found, f"{line}{log.read()}"
        ports = int(found[2]), int(found[3])
        app = App(process, found[1].removesuffix("/"), ports, folder / "home", request.param)
        try:
            yield app
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    found: list[Visitor] = []
    yield found
    for visitor in found:
        visitor.close()


def until_healthy(url: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/_stcore/health").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no server at {url}")


def test_both_servers_get_visitors_and_each_stays_on_one(app: App, visitors: list[Visitor]) -> None:
    while not all(app.sessions(port) for port in app.ports):
        assert len(visitors) < 20, "all went to one server"
        visitors.append(Visitor(app.url))
        visitors[-1].open()
    for visitor in visitors:
        assert [visitor.upload(1000) for _ in range(4)] == [204] * 4
        assert sum(app.takes(port, visitor) for port in app.ports) == 1
    assert visitors[0].upload(30_000_000) == 204


def test_the_path_without_a_slash_leads_to_the_app(app: App) -> None:
    found = httpx.get(app.url, follow_redirects=False)
    assert found.status_code in (301, 302, 307, 308)
    assert found.headers["location"].endswith(f"{BASE}/")


def test_whether_it_is_well_is_told_and_numbers_are_for_the_operator(app: App) -> None:
    assert httpx.get(f"{app.url}/api/health").json()["status"] == "ok"
    assert httpx.get(f"{app.url}/api/metrics").status_code == 404
    for port in app.ports:
        assert httpx.get(f"http://127.0.0.1:{port}{BASE}/api/metrics").status_code == 200


def test_what_is_counted_is_the_same_at_both_servers(app: App, visitors: list[Visitor]) -> None:
    before = app.pages()
    visitors.append(Visitor(app.url))
    visitors[-1].open()
    after = app.pages()
    assert after[0] > before[0]
    assert before[0] == before[1]
    assert after[0] == after[1]


def test_a_proxy_before_it_tells_of_https(app: App) -> None:
    """As one server takes it from this computer: the cookies are then for https alone."""
    page = {"Accept": "text/html"}
    assert "Secure" not in httpx.get(f"{app.url}/", headers=page).headers["set-cookie"]
    said = httpx.get(f"{app.url}/", headers={**page, "X-Forwarded-Proto": "https"})
    cookies = said.headers.get_list("set-cookie")
    assert next(c for c in cookies if c.startswith("fixviz_owner=")).endswith("Secure")
    # The name of the visitor's URL reaches the servers, which refuse one that they do not know.
    assert httpx.get(f"{app.url}/", headers={"Host": "elsewhere.example.org"}).status_code == 421


def test_a_run_comes_from_either_server(app: App) -> None:
    store = Store(Settings(home=app.home))
    run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    artifact = next(iter(store.manifest(run)["arrays"].values()))["sha"]
    for at in (app.url, *(f"http://127.0.0.1:{port}{BASE}" for port in app.ports)):
        answer = httpx.get(f"{at}/api/runs/{run}/artifacts/{artifact}")
        assert answer.status_code == 200
        assert len(answer.content) > 0
        # Its headers name what it needs, and are longer than other pages'.
        page = httpx.get(f"{at}/watch?run={run}", headers={"Accept": "text/html"})
        assert page.status_code == 200


def test_one_engine_computes_for_all(app: App, visitors: list[Visitor]) -> None:
    visitors.append(Visitor(app.url))
    visitors[-1].open()  # The models are loaded once somebody has seen a page.
    (engine,) = app.children("engine_process")
    end = time.monotonic() + PATIENCE_S
    words = {"worker": ""}
    while words["worker"] != "ok":
        assert time.monotonic() < end
        time.sleep(0.2)
        words = httpx.get(f"http://127.0.0.1:{app.ports[0]}{BASE}/api/health").json()
    assert httpx.get(f"http://127.0.0.1:{app.ports[1]}{BASE}/api/health").json() == words
    assert having("spawn_main", engine.children(recursive=True))
    for port in app.ports:
        assert not having("spawn_main", app.server(port).children(recursive=True))


def test_a_server_that_dies_is_replaced_and_its_visitors_go_on(
    app: App, visitors: list[Visitor]
) -> None:
    visitor = Visitor(app.url)
    visitors.append(visitor)
    visitor.open()
    (port,) = (port for port in app.ports if app.takes(port, visitor))
    before = app.server(port).pid
    os.kill(before, signal.SIGKILL)
    with pytest.raises(ConnectionClosed):
        while True:
            visitor.socket.recv(timeout=60)
    visitor.open()
    assert visitor.upload(1000) == 204
    until_healthy(f"http://127.0.0.1:{port}{BASE}")
    assert app.server(port).pid != before
    # The proxy tries the server again after 10 s. Who is on the other one stays there.
    end = time.monotonic() + 13
    while time.monotonic() < end:
        assert visitor.upload(1000) == 204
        time.sleep(1)
    assert not app.takes(port, visitor)


def test_an_engine_that_dies_is_replaced(app: App) -> None:
    (before,) = app.children("engine_process")
    workers = before.children()
    before.kill()
    end = time.monotonic() + PATIENCE_S
    while not [e for e in app.children("engine_process") if e.pid != before.pid]:
        assert time.monotonic() < end
        time.sleep(0.1)
    while httpx.get(f"{app.url}/api/health").json()["status"] != "ok":
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not psutil.wait_procs(workers, PATIENCE_S)[1]


def test_a_proxy_that_dies_is_replaced(app: App, visitors: list[Visitor]) -> None:
    (before,) = app.children(f"{app.proxy}")
    workers = before.children()
    before.kill()
    end = time.monotonic() + PATIENCE_S
    while [p.pid for p in app.children(app.proxy)] in ([], [before.pid]):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not psutil.wait_procs(workers, PATIENCE_S)[1]
    until_healthy(app.url)
    visitors.append(Visitor(app.url))
    visitors[-1].open()


def test_the_end_takes_all_processes_along(app: App) -> None:
    everything = psutil.Process(app.process.pid).children(recursive=True)
    folder = next(
        Path(word).parent
        for word in app.children("engine_process")[0].cmdline()
        if word.endswith("/engine")
    )
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0, "the socket is for this user alone"
    app.process.send_signal(signal.SIGTERM)
    assert app.process.wait(60) == 0
    assert not psutil.wait_procs(everything, PATIENCE_S)[1]
    assert not folder.exists()


def test_without_a_proxy_the_command_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"nginx or Caddy .*`apt install nginx`"):
        proxy.find(None, path=str(tmp_path))
    (tmp_path / "caddy").write_text("#!/bin/sh\n")
    (tmp_path / "caddy").chmod(0o755)
    assert proxy.find(None, path=str(tmp_path)) == ("caddy", str(tmp_path / "caddy"))
    assert shutil.which("nginx", path=str(tmp_path)) is None
