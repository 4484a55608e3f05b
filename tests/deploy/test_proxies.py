"""The recipes for nginx and Caddy: two servers on one store, and each visitor stays on one of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed

from fixviz.settings import Settings
from fixviz.store import Store
from tests.deploy.servers import BASE, Replica, Visitor, caddy, nginx, replicas
from tests.ui.synthetic import synthetic_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
Proxy = Callable[[list[Replica], Path], AbstractContextManager[str]]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    name = request.param.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return request.param


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    found: list[Visitor] = []
    yield found
    for visitor in found:
        visitor.close()


def test_two_servers_behind_a_proxy(proxy: Proxy, tmp_path: Path, visitors: list[Visitor]) -> None:
    """In one test, since the servers take long to start. Each part says what it shows."""
    with replicas(tmp_path) as both, proxy(both, tmp_path) as url:
        store = Store(Settings(home=tmp_path / "home"))
        run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
        artifact = next(iter(store.manifest(run)["arrays"].values()))["sha"]

        # Both servers get visitors, and the path without a slash leads to the app.
        found = httpx.get(url, follow_redirects=False)
        assert found.status_code in (301, 302, 307, 308)
        assert found.headers["location"].endswith(f"{BASE}/")
        while not all(replica.sessions() for replica in both):
            assert len(visitors) < 20, "all went to one server"
            visitors.append(Visitor(url))
            visitors[-1].open()

        # An upload reaches the server that has the visitor's session: another one refuses it.
        for visitor in visitors:
            assert [visitor.upload(1000) for _ in range(4)] == [204] * 4
        assert visitors[0].upload(30_000_000) == 204
        homes = [r for r in both if _accepts(r, visitors[0])]
        assert len(homes) == 1

        # Runs come from either.
        for at in (url, *(replica.url for replica in both)):
            answer = httpx.get(f"{at}/api/runs/{run}/artifacts/{artifact}")
            assert answer.status_code == 200
            assert len(answer.content) > 0
            page = httpx.get(f"{at}/watch?run={run}", headers={"Accept": "text/html"})
            assert page.status_code == 200

        # The numbers of the servers are not for everybody; whether they are well may be seen.
        assert httpx.get(f"{url}/api/metrics").status_code == 404
        assert httpx.get(f"{url}/api/health").json()["status"] == "ok"

        # One server dies: its visitor's connection ends, and the next one leads to the other server.
        homes[0].process.kill()
        homes[0].process.wait()
        with pytest.raises(ConnectionClosed):
            while True:
                visitors[0].socket.recv(timeout=60)
        started = time.monotonic()
        visitors[0].open()
        assert time.monotonic() - started < 120
        assert visitors[0].upload(1000) == 204
        answer = visitors[0].http.get(f"{url}/api/runs/{run}/artifacts/{artifact}")
        assert answer.status_code == 200


def _accepts(replica: Replica, visitor: Visitor) -> bool:
    """Whether a server knows the visitor's session, asked directly."""
    direct = Visitor(replica.url, http=visitor.http, session=visitor.session)
    return direct.upload(10) == 204
