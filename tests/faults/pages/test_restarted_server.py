"""A server that is stopped with jobs under way: who waited learns of it, and what was finished stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixviz.engine import AnalysisRequest
from fixviz.engine.living import Living
from fixviz.reading.samples import samples
from fixviz.store import Store
from fixviz.ui.services import forget, services
from tests.ui.page import open_page, text
from tests.ui.synthetic import synthetic_run

pytestmark = pytest.mark.usefixtures("waiting_jobs")

ME, OTHER = "m" * 22, "o" * 22
SAMPLE = samples()[1]


def submitted(owner: str = ME) -> str:
    return services().engine.submit(AnalysisRequest(str(SAMPLE.path), name=SAMPLE.title), owner).id


def restart() -> None:
    services().engine.close()
    forget()


def lost(owner: str) -> list[str]:
    at = open_page("inspect/watch", owner=owner)
    assert not at.exception
    return [str(button.key) for button in at.button if str(button.key).startswith("lost-")]


@pytest.mark.slow
def test_a_visit_after_a_restart_tells_of_the_job_and_starts_it_again(store: Store) -> None:
    job = submitted()
    assert lost(ME) == [], "it is under way"
    restart()
    assert lost(OTHER) == []
    at = open_page("inspect/watch", owner=ME)
    assert "was lost, because fixviz was restarted" in text(at)
    at.button(key=f"lost-{job}").click().run()
    assert at.title[0].value == f"Analyzing {SAMPLE.title}"
    assert lost(ME) == []
    restart()
    (button,) = lost(ME)
    at = open_page("inspect/watch", owner=ME)
    at.button(key=button.replace("lost", "dismiss")).click().run()
    assert lost(ME) == []


def test_a_run_that_was_finished_before_a_restart_opens_by_the_url_of_its_job(
    store: Store,
) -> None:
    job = submitted()
    engine = services().engine
    (execution,) = engine._executions.under_way()
    store.add(execution.plan.key, *synthetic_run())
    engine._finish(execution, None)
    run = engine.status(job).run
    restart()
    at = open_page("inspect/watch", owner=ME, job=job)
    assert not at.exception and not at.warning
    assert run in at.query_params["run"]
    assert lost(ME) == []


def test_a_job_of_another_server_that_runs_is_not_lost(store: Store, tmp_path: Path) -> None:
    job = submitted()
    other = "import sys; from pathlib import Path; from fixviz.engine.living import Living\n"
    other += "it = Living(Path(sys.argv[1])); print(it.id(), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", other, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        name = server.stdout.readline().strip()
        notes = services().engine._notes
        own = notes.living.id()
        note = tmp_path / "jobs" / f"{job}.json"
        note.write_text(note.read_text().replace(own, name))
        restart()
        assert Living(tmp_path).is_alive(name)
        assert lost(ME) == []
        at = open_page("inspect/watch", owner=ME, job=job)
        assert "another server" in at.info[0].value
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    assert not Living(tmp_path).is_alive(name)
    assert lost(ME) == [f"lost-{job}"]
    assert not Living(tmp_path).is_alive("../store")
