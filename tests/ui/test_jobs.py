"""A reload goes on waiting for what was asked for before it; nobody waits for what another asked for."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from fixviz.model.config import checkpoint_sha256, resolve_checkpoint
from fixviz.reading.samples import samples
from fixviz.store import Store
from fixviz.ui.services import forget, services
from tests.ui.page import open_page, text
from tests.ui.synthetic import synthetic_run

pytestmark = pytest.mark.usefixtures("waiting_jobs")

ME, OTHER = "m" * 22, "o" * 22
SAMPLE = samples()[1]


def started() -> tuple[AppTest, str]:
    at = open_page("inspect/watch", owner=ME)
    at.button(key=f"sample-{SAMPLE.path.stem}").click().run()
    assert not at.exception
    return at, parameter(at, "job")


def parameter(at: AppTest, name: str) -> str:
    value = at.query_params[name]
    return str(value[0] if isinstance(value, list) else value)


def reloaded(owner: str, page: str = "inspect/watch", **parameters: str) -> AppTest:
    """A new session, as a reload of the page begins one."""
    at = open_page(page, owner=owner, **parameters)
    assert not at.exception
    return at


def restart() -> None:
    """Stop the server and start another one on the same home."""
    services().engine.close()
    forget()


@pytest.mark.slow
def test_a_reload_shows_the_analysis_again_with_its_place_and_a_way_to_cancel_it() -> None:
    first, job = started()
    assert "Analyzing" in first.title[0].value
    at = reloaded(ME, job=job)
    assert at.title[0].value == f"Analyzing {SAMPLE.title}"
    assert at.get("progress")[0].proto.text == "Next in the queue"
    assert parameter(at, "job") == job
    at.button(key="cancel").click().run()
    assert services().engine.status(job).state == "cancelled"
    assert "job" not in at.query_params
    assert at.file_uploader(key="upload")
    assert not at.error


def test_the_way_through_another_page_leads_back_to_the_job() -> None:
    at, job = started()
    for page, parameters in (("manage/models", {}), ("inspect/watch", {"job": job})):
        del at.query_params["job"]
        at.switch_page(f"../../pages/{page}.py").run()
        assert not at.exception
        assert {w: parameter(at, w) for w in at.query_params} == parameters
        if page == "manage/models":
            at.query_params["job"] = ""
    again = reloaded(ME)
    again.button(key=f"job-{job}").click().run()
    assert parameter(again, "job") == job, "a session that knows nothing finds it above the clips"


def test_a_visitor_sees_nothing_of_anothers_job() -> None:
    _, job = started()
    at = reloaded(OTHER, job=job)
    assert not at.get("progress")
    assert "not under way" in at.warning[0].value
    shown = text(at) + at.warning[0].value + "".join(s.value for s in at.title)
    assert SAMPLE.title not in shown
    at.button(key="choose").click().run()
    assert at.file_uploader(key="upload")
    assert not [button for button in at.button if str(button.key).startswith("job-")]
    assert services().engine.status(job).state == "queued", "and cannot cancel it"


@pytest.mark.slow
def test_a_restart_of_the_server_is_said_and_the_job_can_be_started_again() -> None:
    at, job = started()
    services().engine.close()
    at.run()
    assert f"{SAMPLE.title} was lost" in at.warning[0].value, "in the tab that is still open"
    restart()
    at = reloaded(ME, job=job)
    assert f"{SAMPLE.title} was lost" in at.warning[0].value
    assert [title.value for title in at.title] == [SAMPLE.title]
    at.button(key="start-again").click().run()
    assert at.title[0].value == f"Analyzing {SAMPLE.title}"
    assert parameter(at, "job") != job
    stranger = reloaded(OTHER, job=job)
    assert "not under way" in stranger.warning[0].value
    assert SAMPLE.title not in stranger.warning[0].value


@pytest.mark.parametrize("job", ["x" * 22, "../../etc/passwd", ""])
def test_an_unknown_job_leads_to_the_clips(job: str) -> None:
    at = reloaded(ME, job=job)
    assert "not under way" in at.warning[0].value
    assert [title.value for title in at.title] == ["Watch"]
    at.button(key="choose").click().run()
    assert at.file_uploader(key="upload")


@pytest.fixture
def run(store: Store) -> str:
    """A run of models that are at hand, so that more can be computed from it."""
    manifest, arrays, files = synthetic_run()
    for model in manifest["models"]:
        model["checkpoint_sha256"] = checkpoint_sha256(resolve_checkpoint(model["name"]))
    return store.publish("e" * 64, manifest, arrays, files, owner=ME, name="orbit.mp4")


def waits_for(at: AppTest) -> list[str]:
    return [bar.proto.text for bar in at.get("progress")]


@pytest.mark.slow
def test_a_reload_shows_what_is_being_derived_by_the_same_visitor_only(run: str) -> None:
    parameters = {"run": run, "method": "occlusion"}
    at = reloaded(ME, "inspect/attribution", **parameters)
    at.multiselect(key="judged-occlusion").set_value(["attention_received"]).run()
    before = waits_for(at)
    at.button(key="measure").click().run()
    assert not at.exception
    measuring = [line for line in waits_for(at) if line not in before]
    assert len(measuring) == 1
    assert "attention received (3 left): Place" in measuring[0]
    again = reloaded(ME, "inspect/attribution", **parameters)
    again.multiselect(key="judged-occlusion").set_value(["attention_received"]).run()
    assert waits_for(again)[-1] == measuring[0]
    assert not [button for button in again.button if button.key == "measure"]
    stranger = reloaded(OTHER, "inspect/attribution", **parameters)
    stranger.multiselect(key="judged-occlusion").set_value(["attention_received"]).run()
    assert measuring[0] not in waits_for(stranger)
    assert stranger.button(key="measure")
    restart()
    lost = reloaded(ME, "inspect/attribution", **parameters)
    lost.multiselect(key="judged-occlusion").set_value(["attention_received"]).run()
    assert any("attention received" in w.value and "restarted" in w.value for w in lost.warning)


def test_a_reload_shows_the_check_of_a_checkpoint_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = reloaded(ME, "manage/models")
    at.file_uploader(key="model-files").upload("mine.zip", b"PK").run()
    loader = services().loader
    # Others have their turn.
    monkeypatch.setattr(loader, "_takes_turn", lambda loading: False)
    at.button(key="load-model").click().run()
    job = parameter(at, "job")
    again = reloaded(ME, "manage/models", job=job)
    assert waits_for(again) == ["Checking the checkpoint: Waiting"]
    stranger = reloaded(OTHER, "manage/models", job=job)
    assert not waits_for(stranger)
    assert "not under way" in stranger.error[0].value
    restart()
    lost = reloaded(ME, "manage/models", job=job)
    assert "fixviz was restarted" in lost.error[0].value
    assert lost.file_uploader(key="model-files")
    loader.cancel(job)
