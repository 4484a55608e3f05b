"""A class of two, against a real server: the load generator sees what a browser would."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def outcome(task: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in its own thread: in this one the browser of other tests may have an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, task).result()


@pytest.fixture(scope="module")
def load() -> Iterator[ModuleType]:
    """The script, which finds its neighbor as it does when it is run."""
    folder = ROOT / "benchmarks"
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("class_load", folder / "class_load.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["class_load"] = module
    spec.loader.exec_module(module)
    yield module
    for name in ("class_load", "visitor"):
        sys.modules.pop(name)
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, with nothing in its home."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "fixviz", "app", "--no-browser", "--address", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "FIXVIZ_HOME": str(tmp_path_factory.mktemp("home"))},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(60)


@pytest.mark.slow
def test_a_class_of_two_looks_around_without_an_error(
    load: ModuleType, url: str, tmp_path: Path
) -> None:
    target = tmp_path / "figures.json"
    options = ["--sessions", "2", "--active", "2", "--seconds", "8", "--think-s", "0.2"]
    options += ["--browsers", "1"]
    script = str(ROOT / "benchmarks" / "class_load.py")
    done = subprocess.run(
        [sys.executable, script, url, *options, "--json", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(target.read_text())
    assert found["errors"] == 0, found["first_errors"]
    actions = found["actions"]
    assert actions["first opening"]["count"] == 2
    assert actions["browser opening"]["count"] == 1
    assert actions["all pages"]["count"] >= 1
    assert 0 < actions["all pages"]["p50_s"] <= actions["all pages"]["p95_s"]
    assert actions["health"]["count"] > 2
    assert found["memory_mb"]["most"] > 50
    assert "first opening" in done.stdout and "errors 0" in done.stdout


@pytest.mark.slow
def test_a_clip_is_uploaded_as_a_browser_does_it(load: ModuleType, url: str) -> None:
    async def upload() -> dict[str, str]:
        tab = load.Tab(url, 120)
        try:
            await tab.open("watch")
            await load.submit(tab, 3, 2.0)
            await tab.until_named("job", 60)
            waiting = dict(tab.query)
            await tab.change("button", "Cancel", True)
            return waiting
        finally:
            await tab.close()

    assert "job" in outcome(upload())


@pytest.mark.slow
def test_what_a_page_shows_in_red_is_an_error(load: ModuleType, url: str) -> None:
    async def visit() -> None:
        tab = load.Tab(url, 120)
        try:
            await tab.open("watch", {"run": "x" * 22})
        finally:
            await tab.close()

    with pytest.raises(load.VisitError, match="There is no such run"):
        outcome(visit())


@pytest.mark.parametrize("address", ["http://example.org", "http://10.0.0.7:8501", "https://a.b"])
def test_servers_of_others_are_refused(
    load: ModuleType, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="not on this computer"):
        load.Tab(address)
    with pytest.raises(SystemExit):
        load.plan_from([address])
    assert "not on this computer" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        {"sessions": 501, "active": 1},
        {"sessions": 0, "active": 0},
        {"seconds": 3601},
        {"sessions": 3, "active": 4},
        {"sessions": 3, "active": 1, "uploads": 4},
        {"runs": 0},
    ],
)
def test_what_is_simulated_is_bounded(load: ModuleType, options: dict[str, Any]) -> None:
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with pytest.raises(SystemExit):
        load.plan_from(["http://127.0.0.1:1", *arguments])


def test_percentiles_are_values_that_were_measured(load: ModuleType) -> None:
    assert load.share([3.0, 1.0, 2.0], 0.5) == 2.0
    hundred = [float(n) for n in range(1, 101)]
    assert (load.share(hundred, 0.5), load.share(hundred, 0.95)) == (50.0, 95.0)
    assert load.share([4.0], 0.95) == 4.0


@pytest.mark.slow
def test_what_the_browser_has_is_not_sent_again(load: ModuleType, url: str) -> None:
    async def sizes() -> tuple[int, int]:
        tab = load.Tab(url, 120)
        try:
            await tab.open("library")
            await tab.go("watch", {"sample": "there-and-back"})
            await tab.until_named("run", 120)
            whole = await tab.go("concentration")
            await tab.change("slider", "Frame", 3)
            await tab.change("slider", "Frame", 4)
            again = await tab.change("slider", "Frame", 3)
            return whole.bytes, again.bytes
        finally:
            await tab.close()

    whole, again = outcome(sizes())
    assert again < 0.6 * whole
