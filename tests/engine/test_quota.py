"""What one visitor may keep: the number of runs, and the space of all that is stored."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fixviz import resources
from fixviz.engine import AnalysisRequest, Engine
from fixviz.errors import QuotaReached
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.store import Store
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSets
from tests.engine.conftest import FUNCTIONS, Bench, describe

MakeBench = Callable[..., Bench]


def stored(bench: Bench, owner: str, content: str, size: int = 1) -> AnalysisRequest:
    """A request whose run `owner` has, of about so many bytes."""
    request = bench.request("nothing", content)
    noise = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    bench.store.publish(bench.engine.run_key(request), {"a": 1}, {"a": noise}, {}, owner=owner)
    return request


def test_one_run_more_than_allowed_is_refused_until_one_is_deleted(make_bench: MakeBench) -> None:
    bench = make_bench(max_runs=2)
    first, _second = (stored(bench, "ann", content) for content in ("one", "two"))
    third = stored(bench, "bob", "three")
    with pytest.raises(QuotaReached, match=r"You have 2 runs.*Library.*FIXVIZ_MAX_RUNS"):
        bench.engine.submit(third, "ann")
    assert bench.store.keys_of("ann") == {bench.engine.run_key(r) for r in (first, _second)}
    again = bench.engine.submit(first, "ann").status()
    assert again.cached, "what one has is no run more"
    bench.engine.delete_run(again.run, "ann")
    assert bench.engine.submit(third, "ann").status().cached


def test_a_run_of_several_people_counts_for_each(make_bench: MakeBench) -> None:
    bench = make_bench(max_runs=1)
    shared = stored(bench, "ann", "one")
    assert bench.engine.submit(shared, "bob").status().cached
    other = stored(bench, "eve", "two")
    for owner in ("ann", "bob"):
        with pytest.raises(QuotaReached, match=r"You have 1 run,"):
            bench.engine.submit(other, owner)


def test_runs_under_way_count_and_equal_ones_once(make_bench: MakeBench) -> None:
    bench = make_bench(max_runs=2)
    job = bench.submit("gated", "one")
    bench.submit("gated", "one")
    stored(bench, "ann", "two")
    with pytest.raises(QuotaReached):
        bench.submit("gated", "three")
    assert bench.submit("gated", "one").status().state != "failed"
    bench.submit("gated", "three", owner="bob")
    for known, _title in bench.engine.unfinished("ann"):
        bench.engine.cancel(known)
    assert job.status().state == "cancelled"
    bench.submit("gated", "four").cancel()


def test_many_tabs_at_once_get_no_more(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench(max_runs=3)
    requests = [bench.request("gated", f"clip {number}") for number in range(11)]
    together = threading.Barrier(len(requests))
    refused: list[int] = []
    claim = bench.store.claim

    def claimed(*asked: object) -> str | None:
        # All have been told that there is room, and none is in the queue yet.
        together.wait(60)
        return claim(*asked)

    monkeypatch.setattr(bench.store, "claim", claimed)

    def ask(number: int) -> None:
        try:
            bench.engine.submit(requests[number], "ann")
        except QuotaReached:
            refused.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), len(bench.engine.unfinished("ann"))) == (8, 3)


def test_the_run_that_comes_with_fixviz_counts_for_nobody(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    bench = make_bench(max_runs=1)
    sample = stored(bench, "shipped", "sample")
    shutil.copytree(bench.home, tmp_path / "shipped")
    bench.store.delete(bench.engine.submit(sample, "shipped").status().run)
    mine = stored(bench, "ann", "one")
    with Engine(
        bench.settings,
        Store(bench.settings),
        functions=FUNCTIONS,
        describe_model=describe,
        shipped=tmp_path / "shipped",
    ) as engine:
        assert engine.submit(sample, "ann").status().cached
        assert engine.submit(mine, "bob").status().cached, "nor where one has it"
        assert engine.submit(sample, "bob").status().cached
        with pytest.raises(QuotaReached):
            engine.submit(bench.request("nothing"), "bob")


def test_commands_have_no_quota(make_bench: MakeBench) -> None:
    bench = make_bench(max_runs=1)
    stored(bench, "local", "one")
    assert bench.engine.run(bench.request("nothing"), owner="local")


def test_uploads_take_their_space_once_and_leave_nothing_when_refused(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(max_stored_mb=1)
    kept = bench.engine.add_upload("a.mp4", bytes(600_000), "ann")
    assert bench.engine.add_upload("b.mp4", bytes(600_000), "ann").path == kept.path
    with pytest.raises(QuotaReached, match=r"takes 1 MB.*Library.*FIXVIZ_MAX_STORED_MB"):
        bench.engine.add_upload("c.mp4", b"c" * 600_000, "ann")
    with pytest.raises(QuotaReached):
        bench.engine.add_masks("m.zip", [("0.png", b"c" * 600_000)], "ann")
    assert list((bench.home / "uploads").iterdir()) == [Path(kept.path)]
    bench.engine.add_upload("c.mp4", b"c" * 600_000, "bob")


def test_the_video_of_a_run_counts_after_a_restart(make_bench: MakeBench) -> None:
    bench = make_bench(max_stored_mb=1)
    upload = bench.engine.add_upload("a.mp4", b"a" * 600_000, "ann")
    request = AnalysisRequest.of_upload(upload, models=("nothing",))
    key = bench.engine.run_key(request)
    bench.store.add(key, {"a": 1}, {}, {})
    run = bench.engine.submit(request, "ann").status().run
    restarted = make_bench(max_stored_mb=1)
    with pytest.raises(QuotaReached):
        restarted.engine.add_upload("c.mp4", b"c" * 600_000, "ann")
    restarted.engine.delete_run(run, "ann")
    restarted.engine.add_upload("c.mp4", b"c" * 600_000, "ann")


def test_runs_examples_and_own_checkpoints_take_space(make_bench: MakeBench) -> None:
    bench = make_bench(max_stored_mb=3)
    stored(bench, "ann", "one", 900_000)
    bench.engine.check_room("ann", 2_000_000)
    with pytest.raises(QuotaReached):
        bench.engine.check_room("ann", 2_200_000)
    sets = ExampleSets(bench.settings)
    found = sets.new("ann", ("wave", "jump"))
    sets.keep_clip(found.id, "c", np.zeros((80, 64, 64, 3), np.uint8))
    size = sum(file.stat().st_size for file in sets.folder(found.id).rglob("*"))
    room = 3_000_000 - 900_000 - size
    with pytest.raises(QuotaReached):
        bench.engine.check_room("ann", room + 10_000)
    upload = bench.engine.add_upload("a.mp4", bytes(100_000), "bob")
    clip = ExampleClip("c", "a.mp4", upload.path, upload.sha256, 80)
    sets.change(found.id, "ann", lambda now: examples.add_clip(now, now.classes[0].id, clip))
    with pytest.raises(QuotaReached):
        bench.engine.check_room("ann", room - 50_000)
    bench.engine.check_room("ann", room - 150_000)
    models = OwnModels(bench.settings)
    folder = models.staging()
    shutil.copytree(resources.checkpoints() / "softmax", folder, dirs_exist_ok=True)
    models.keep(folder, Origin("ann", time.time(), "t.zip", "5" * 64, "a ZIP", 0.1))
    with pytest.raises(QuotaReached):
        bench.engine.check_room("ann", room - 400_000)
    bench.engine.check_room("bob", 2_500_000)


def test_no_run_begins_where_there_is_no_space(make_bench: MakeBench) -> None:
    bench = make_bench(max_stored_mb=1)
    bench.engine.add_upload("a.mp4", bytes(1_000_000), "ann")
    with pytest.raises(QuotaReached, match="FIXVIZ_MAX_STORED_MB"):
        bench.engine.submit(bench.request("nothing"), "ann")
    assert bench.engine.unfinished("ann") == []
