"""A Ray cluster of two nodes on this machine gives the data set that this machine alone gives."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import chdir, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.cluster.clip_worker import ClipWorker
from fixviz.batch.cluster.driver import ClusterWork
from fixviz.batch.cluster.named import Cluster, cluster_named
from fixviz.batch.cluster.tasks import ClipTask, ClusterJob
from fixviz.batch.data_set import DataSet
from fixviz.batch.listing import find_clips
from fixviz.batch.work import ClipEnd, request_of_set
from fixviz.errors import OptionError, UnreadableVideo
from fixviz.media.encode import encode_mp4
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.version import __version__
from tests.batch.conftest import CLIPS, Library
from tests.batch.rows import clips, content

COUNT = 8
OBJECTS_BYTES = 128 * 2**20


def analyze(
    library: Library, settings: Settings, out: Path, folder: Path, cluster: Cluster | None = None
) -> Generator[ClipEnd, None, None]:
    """Analyze a folder on the cluster that this process has joined."""
    engine, request = library.engine, library.request
    with DataSet(out, request_of_set(engine, request)) as data_set:
        work = ClusterWork(
            *(cluster or Cluster(), engine, Store(settings), settings, data_set, request, "me")
        )
        with closing(work.run(find_clips([str(folder)], out).clips)) as ends:
            yield from ends


def comparable(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows by run, without what says when they were computed.

    Of two files with the same content, the one that is analyzed first names the run.
    """
    found = content(folder)
    for rows in found.values():
        for row in rows:
            for name in ("seconds", "created", "name"):
                row.pop(name, None)
        rows.sort(key=lambda row: row["run"])
    return found


@dataclass(frozen=True)
class Killed:
    """A folder that two nodes analyzed, one of which was killed in the middle."""

    clips: Path
    settings: Settings
    out: Path
    ends: dict[str, ClipEnd]


def patiently(start: Callable[[], Any]) -> Any:
    """Start a node; Ray gives up after half a minute, which a busy machine may need."""
    for _ in range(4):
        with suppress(Exception):
            return start()
    return start()


@pytest.fixture(scope="module")
def killed(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster as RayCluster

    place = tmp_path_factory.mktemp("cluster")
    folder, out = place / "clips", place / "out"
    folder.mkdir()
    for number in range(COUNT):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 46, 74, 3), dtype=np.uint8)
        encode_mp4(folder / f"{number}.mp4", pixels, 10)
    shutil.copy(folder / "0.mp4", folder / "again.mp4")
    (folder / "text.mp4").write_text("not a video " * 100)
    settings = replace(library.settings, home=place / "home")
    node = {"num_cpus": 1, "object_store_memory": OBJECTS_BYTES}
    # A node that is lost is noticed within seconds.
    noticing = {"health_check_period_ms": 500, "health_check_failure_threshold": 4}
    head = {**node, "include_dashboard": False, "_system_config": noticing}
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    nodes = RayCluster()
    try:
        patiently(lambda: nodes.add_node(**head))
        second = patiently(lambda: nodes.add_node(**node))
        ray.init(nodes.address, log_to_driver=False)
        ends = {}
        # Nodes have another current folder.
        with chdir(place):
            here = replace(settings, home=Path("home"))
            for end in analyze(library, here, Path("out"), Path("clips")):
                ends[end.clip.name] = end
                if len(ends) == 2:
                    nodes.remove_node(second, allow_graceful=False)
        yield Killed(folder, settings, out, ends)
    finally:
        ray.shutdown()
        nodes.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_node_that_is_killed_loses_no_clip(
    killed: Killed, library: Library, tmp_path: Path
) -> None:
    library.analyze(tmp_path / "alone", killed.clips)
    assert comparable(killed.out) == comparable(tmp_path / "alone")
    names = [f"{number}.mp4" for number in range(COUNT)]
    assert sorted(killed.ends) == [*names, "again.mp4", "text.mp4"]
    listed = clips(killed.out)
    alone = clips(tmp_path / "alone")
    for name in (*names, "again.mp4"):
        for column in ("run", "sha256", "bytes", "modified_ns", "error"):
            assert listed[name][column] == alone[name][column]
    states = [killed.ends[name].state for name in names]
    assert states.count("computed") + states.count("same") + states.count("stored") == COUNT
    store = Store(killed.settings)
    handles = {listed[name]["handle"] for name in names}
    assert {store.key_of(handle) for handle in handles} == {listed[n]["run"] for n in names}
    for handle in handles:
        store.check(handle)


@pytest.mark.slow
def test_one_clip_that_cannot_be_read_stops_no_other(killed: Killed) -> None:
    assert isinstance(killed.ends["text.mp4"].error, UnreadableVideo)
    with (killed.out / "errors.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["clip"], row["error_kind"]) == ("text.mp4", "UnreadableVideo")
    assert "is not a video" in row["error"]


@pytest.mark.slow
def test_what_is_done_needs_no_cluster(killed: Killed, library: Library, tmp_path: Path) -> None:
    """The command goes on where it was stopped; only what is missing is handed out."""
    out = tmp_path / "out"
    shutil.copytree(killed.out, out)
    nowhere = Cluster("nowhere:1")
    again = analyze(library, killed.settings, out, killed.clips, nowhere)
    assert [next(again).state for _ in range(COUNT + 1)] == ["there"] * (COUNT + 1)
    again.close()


@pytest.fixture
def job(library: Library, tmp_path: Path) -> ClusterJob:
    settings = replace(library.settings, home=tmp_path / "home")
    models = {model.name: model.sha256 for model in library.engine.models(library.request)}
    return ClusterJob(settings, library.request, models, "me", __version__, None)


def task(library: Library, number: int = 0) -> ClipTask:
    path = library.clips / CLIPS[number]
    return ClipTask(number, ClipRow(path, CLIPS[number]), {"sha256": None})


@pytest.mark.slow
def test_a_worker_hands_a_run_to_the_home_that_all_share_and_leaves_nothing_on_its_node(
    library: Library, job: ClusterJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "node"
    monkeypatch.setattr("tempfile.tempdir", str(node))
    left = node / "fixviz-clips-999999999-killed"
    left.mkdir(parents=True)
    worker = ClipWorker(job)
    assert not left.exists(), "of a worker that was killed"
    first, again = worker.analyze(task(library)), worker.analyze(task(library))
    assert (first.state, again.state, first.error) == ("computed", "stored", None)
    assert first.rows == again.rows and first.rows is not None
    assert first.handle == again.handle and first.handle is not None
    store = Store(job.settings)
    store.check(first.handle)
    origin = store.origin(first.handle, "me")
    assert origin is not None and origin["request"]["video"] == str(library.clips / CLIPS[0])
    (home,) = node.iterdir()
    for name in ("runs", "artifacts", "handles"):
        assert list((home / name).iterdir()) == []
    worker.__del__()
    assert list(node.iterdir()) == []
    known = ClipWorker(replace(job, known=frozenset({first.rows.key})))
    assert known.analyze(task(library)).rows is None, "the data set has them"
    known.__del__()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": "0.0"}, "the machine that asks has 0.0; install the same version"),
        ({"sign": "/nowhere/.cluster.x"}, r"does not see /nowhere\. Let FIXVIZ_HOME be a folder"),
        ({"models": {"plain": "0" * 64}}, "has other weights of plain, fixed than the machine"),
    ],
)
def test_what_is_wrong_with_a_node_is_told(
    library: Library, job: ClusterJob, change: dict[str, Any], sentence: str
) -> None:
    outcome = ClipWorker(replace(job, **change)).analyze(task(library))
    assert outcome.for_all and outcome.error is not None
    with pytest.raises(type(outcome.error), match=sentence):
        raise outcome.error


def test_an_engine_is_named() -> None:
    assert cluster_named("local") is None
    assert cluster_named("ray") == Cluster("auto")
    assert cluster_named("head:6379", workers=3) == Cluster("head:6379", workers=3)
    for name in ("", "spark", "head", "/head:6379"):
        with pytest.raises(OptionError, match="There is no engine"):
            cluster_named(name)
    with pytest.raises(OptionError, match="Run this command on one of the cluster's machines"):
        cluster_named("ray://head:10001")
    with pytest.raises(OptionError, match="cannot take 0 cores"):
        cluster_named("ray", cores=0)
    with pytest.raises(OptionError, match="at least 1 is needed"):
        cluster_named("ray", workers=0)
