"""A node without Ray: what it is sent, does, and sends back; it has none of the server's files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixviz.engine import AnalysisRequest, DeriveRequest, TeachRequest
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.engine.calibration import Calibration
from fixviz.engine.cluster.node import Node
from fixviz.engine.cluster.work import (
    Job,
    Work,
    checkpoint_files,
    checkpoints_of,
    keep,
    pack,
    place_checkpoint,
)
from fixviz.engine.jobs import CostRequest, MeasureTask, WarmUpTask
from fixviz.engine.machine import describe_machine
from fixviz.engine.plan import (
    Checkpoints,
    CostPlan,
    Plan,
    make_derive_plan,
    make_plan,
    make_teach_plan,
)
from fixviz.engine.steps import Functions
from fixviz.errors import JobCancelled, JobError, OptionError, UnreadableVideo
from fixviz.model.config import read_config
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.teaching.examples import ExampleSets
from fixviz.teaching.outcome import FOLDER, read_outcome
from tests.engine.cluster.conftest import same
from tests.engine.conftest import FUNCTIONS, describe, until
from tests.engine.real_run import RealRun
from tests.engine.test_teaching import backbone, filled

__all__ = ["backbone"]


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    made = Node()
    yield made
    made.close()
    assert not made._folder.exists()


def send(node: Node, job: Job, settings: Settings, functions: Functions = FUNCTIONS) -> Work:
    """What a node is sent, once it has the checkpoints."""
    for model in node.lacks(checkpoints_of(job)):
        node.take_checkpoint(model, checkpoint_files(model))
    return pack(job, settings, functions)


def do(node: Node, job: Job, settings: Settings, functions: Functions = FUNCTIONS) -> None:
    """Have a node do a job, and keep what comes of it in the home of the settings."""
    work = send(node, job, settings, functions)
    outcome = node.run(1, work)
    if outcome.error is not None:
        raise outcome.error
    keep(job, outcome.result, settings)
    assert not list(node._folder.glob("*/home")), "nothing of the job stays"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """Another home than that of the local run."""
    return Settings(home=tmp_path / "elsewhere")


@pytest.fixture
def plan(local: RealRun) -> Plan:
    request = local.engine.request_of(local.run, "local")
    assert request is not None
    return make_plan(request, local.settings, Checkpoints(local.settings))


@pytest.mark.slow
def test_a_run_comes_back_as_this_machine_computes_it(
    node: Node, local: RealRun, plan: Plan, elsewhere: Settings
) -> None:
    do(node, plan, elsewhere, Functions())
    store = Store(elsewhere)
    run = store.claim(plan.key, "ann")
    assert run is not None
    same(local, store, run)
    kinds = [kind for kind, _ in node.events(1, 0, 0.0)]
    assert kinds[0] == "step" and "progress" in kinds and "device" in kinds
    assert [c for k, c in node.events(1, 0, 0.0) if k == "step"] == ["decoding", "running"]
    assert node.events(1, len(kinds), 0.0) == node.events(2, 0, 0.0) == []


def test_a_result_is_derived_from_a_run_that_only_the_server_has(
    node: Node, local: RealRun
) -> None:
    store, engine, run, settings = local
    request = DeriveRequest(run, "features", "fixed", {"axis": "spatial", "layer": 0})
    describe_model = Checkpoints(settings)
    models = {model.sha256: model for model in engine._seen_models.values()}
    do(node, make_derive_plan(request, store, describe_model, models), settings, Functions())
    assert store.derived_array(run, request.name, "query").shape == (5, 3, 5, 8, 4, 8)
    assert engine.derive(request).status().cached, "the engine takes it for its own"


@pytest.mark.slow
def test_models_are_taught_on_a_node(node: Node, backbone: str, elsewhere: Settings) -> None:
    sets = ExampleSets(elsewhere)
    found = filled(sets)
    request = TeachRequest(found.id, "me", models=(backbone,))
    do(node, make_teach_plan(request, Checkpoints(elsewhere)), elsewhere, Functions())
    curves = [content for kind, content in node.events(1, 0, 0.0) if kind == "learned"]
    assert len(curves) > 1
    outcome = read_outcome(sets.folder(found.id) / FOLDER)
    assert outcome is not None and len(outcome.held_out) == 2
    sets.keep_clip(found.id, "new", sets.frames(found.id, "00"))
    do(
        node,
        make_teach_plan(replace(request, clip="new"), Checkpoints(elsewhere)),
        elsewhere,
        Functions(),
    )
    after = read_outcome(sets.folder(found.id) / FOLDER)
    assert after is not None and set(after.tried) == {"new"}
    assert after.models == outcome.models


@pytest.mark.slow
def test_what_a_node_measures_is_kept_for_this_machine(
    node: Node, backbone: str, elsewhere: Settings
) -> None:
    quick = replace(elsewhere, cost_seconds=1.0)
    request = CostRequest("small", "cpu")
    do(node, CostPlan(request), quick, Functions())
    found = AttentionCosts(quick.home).find(request)
    assert found is not None and found.points
    config = read_config(Path(backbone)).config
    do(node, MeasureTask((config,), "cpu", quick), quick, Functions())
    assert Calibration(quick.home).find(describe_machine("cpu"), config) is not None


def test_a_warm_up_is_done_by_the_process_of_the_next_job(
    node: Node, backbone: str, elsewhere: Settings
) -> None:
    model = Checkpoints(elsewhere)(backbone)
    before = node._worker._link
    do(node, WarmUpTask((model,), "cpu"), elsewhere, Functions())
    assert node._worker._link is before


def fake_plan(tmp_path: Path, settings: Settings, behavior: str, content: str = "clip") -> Plan:
    path = tmp_path / f"{content}.mp4"
    path.write_text(content)
    return make_plan(AnalysisRequest(str(path), models=(behavior,)), settings, describe)


@pytest.fixture
def bare() -> Iterator[Node]:
    """A node whose checkpoints are empty folders, for work functions that load none."""
    made = Node()
    yield made
    made.close()


def fake_work(node: Node, plan: Plan, settings: Settings) -> Work:
    for model in node.lacks(plan.models):
        place_checkpoint(model, {"config.json": b"{}"}, node._checkpoints)
    return pack(plan, settings, FUNCTIONS)


def test_failures_on_a_node_have_the_sentences_of_this_machine(
    bare: Node, tmp_path: Path, elsewhere: Settings
) -> None:
    short = replace(elsewhere, job_timeout_s=1.7)
    for behavior, content, error, words in [
        ("refuse", "clip", OptionError, "outside the video"),
        ("nothing", "text", UnreadableVideo, "not a video"),
        ("deaf", "clip", JobError, r"longer than 1\.7 s.*fewer frames"),
    ]:
        plan = fake_plan(tmp_path, short, behavior, content)
        outcome = bare.run(1, fake_work(bare, plan, short))
        with pytest.raises(error, match=words):
            raise outcome.error or AssertionError
    plan = fake_plan(tmp_path, elsewhere, "nothing")
    assert bare.run(2, fake_work(bare, plan, elsewhere)).error is None


def test_a_job_on_a_node_is_stopped_by_its_number(
    bare: Node, tmp_path: Path, elsewhere: Settings
) -> None:
    plan = fake_plan(tmp_path, elsewhere, "obedient")
    work = fake_work(bare, plan, elsewhere)
    found = []
    thread = threading.Thread(target=lambda: found.append(bare.run(7, work)))
    thread.start()
    until(lambda: any("Busy" in str(content) for _, content in bare.events(7, 0, 0.1)))
    bare.stop(6)
    assert thread.is_alive()
    bare.stop(7)
    thread.join(60)
    assert isinstance(found[0].error, JobCancelled)


def test_a_node_keeps_the_checkpoints_that_were_used_last(
    bare: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixviz.engine.cluster.node._MOST_CHECKPOINTS", 2)
    models = [replace(describe("m"), sha256=digit * 64) for digit in "abc"]
    for model in models:
        assert bare.lacks([model]) == [model]
        bare.take_checkpoint(model, {"config.json": b"{}"})
    assert bare.lacks(models) == models[:1]


def test_a_path_that_leads_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("../x", "/x", "a/../../x"):
        with pytest.raises(ValueError, match="not a path below"):
            place_checkpoint(describe("m"), {name: b""}, tmp_path)


def test_a_damaged_run_is_not_taken_in(
    node: Node, plan: Plan, elsewhere: Settings, local: RealRun
) -> None:
    home = local.settings.home
    paths = [
        *home.glob("artifacts/*"),
        *(path for path in home.glob(f"runs/{plan.key}/**/*") if path.is_file()),
    ]
    files = {p.relative_to(home).as_posix(): p.read_bytes() for p in paths}
    name = next(name for name in files if name.startswith("artifacts/"))
    with pytest.raises(JobError, match="damaged on its way"):
        keep(plan, {**files, name: files[name] + b"x"}, elsewhere)
    assert Store(elsewhere).claim(plan.key, "ann") is None
