"""Bytes that change on the disk: none is drawn as if it were right, and a run can be made again."""

from __future__ import annotations

import errno
import hashlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz.errors import DamagedRun, RunNotFound, StorageError
from fixviz.settings import Settings
from fixviz.store import Store, soundness
from fixviz.ui.routes import create_routes
from tests.engine.conftest import PATIENCE_S, Bench
from tests.faults.conftest import flip
from tests.store.conftest import FILES, KEY, OTHER_KEY, arrays, manifest

ARRAY = "linear/spatial/map"


@pytest.fixture
def handle(store: Store) -> str:
    return store.publish(KEY, manifest(), arrays(), FILES, owner="ann", name="clip.mp4")


def file_of(store: Store, handle: str, name: str = ARRAY) -> Path:
    entries = store.manifest(handle)
    return store.artifact_path(handle, (entries["arrays"] | entries["files"])[name]["sha"])


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    whole = path.read_bytes()
    flip(path, bit)
    yield
    path.write_bytes(whole)


def test_no_flipped_bit_reaches_a_reader_or_a_browser(store: Store, handle: str) -> None:
    client = TestClient(Starlette(routes=create_routes(lambda: store, lambda: None)))
    numbers = random.Random(5)
    paths = [file_of(store, handle, name) for name in (*arrays(), *FILES)]
    for _ in range(150):
        path = numbers.choice(paths)
        with flipped(path, numbers.randrange(8 * path.stat().st_size)):
            with pytest.raises(DamagedRun):
                store.artifact(handle, path.name)
            answer = client.get(f"/api/runs/{handle}/artifacts/{path.name}")
            assert answer.status_code >= 500
            assert answer.json()["error"].startswith("A stored file of this run is damaged.")
            with pytest.raises(DamagedRun):
                store.check(handle)
    store.check(handle)
    assert client.get(f"/api/runs/{handle}/artifacts/{paths[0].name}").status_code == 200


@pytest.mark.parametrize("content", [None, b"", b"other"])
def test_a_missing_short_or_other_file_is_damage_and_not_a_wrong_link(
    store: Store, handle: str, content: bytes | None
) -> None:
    path = file_of(store, handle)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for read in (
        lambda: store.array(handle, ARRAY),
        lambda: store.artifact(handle, path.name),
        lambda: store.check(handle),
    ):
        with pytest.raises(DamagedRun, match="damaged"):
            read()
    assert store.file(handle, "frame/0000") == FILES["frame/0000"], "the others can be read"


def test_damage_is_seen_after_a_sound_read_and_behind_an_old_date(
    store: Store, handle: str
) -> None:
    path = file_of(store, handle)
    store.check(handle)
    before = path.stat()
    flip(path, 77)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(DamagedRun):
        store.array(handle, ARRAY)


def test_a_file_is_hashed_once_for_each_of_its_states(
    store: Store, handle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    real = hashlib.file_digest
    monkeypatch.setattr(soundness, "_JUST_NOW_NS", 0)
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, name: (hashed.append(file.name), real(file, name))[1]
    )
    reader = Store(Settings(home=store._layout.home))
    for _ in range(3):
        reader.check(handle)
        reader.array(handle, ARRAY)
    assert len(hashed) == len({*hashed}) == 4, "two arrays and two pictures"
    os.utime(hashed[0])
    reader.check(handle)
    assert hashed[4:] == [hashed[0]]


def test_a_manifest_with_a_flipped_bit_is_damaged_or_says_the_same(
    store: Store, handle: str, home: Path
) -> None:
    path = home / "runs" / KEY / "manifest.json"
    sound = store.manifest(handle)
    numbers = random.Random(7)
    damaged = 0
    for _ in range(150):
        with flipped(path, numbers.randrange(8 * path.stat().st_size)):
            try:
                found = Store(Settings(home=home)).manifest(handle)
            except DamagedRun:
                damaged += 1
            else:  # The checksum itself can be so damaged that it is none.
                assert {**found, **sound} == found
                assert len(found) <= len(sound) + 1
    assert damaged > 120


def test_an_open_server_sees_that_a_manifest_was_damaged_and_mended(
    store: Store, handle: str, home: Path
) -> None:
    path = home / "runs" / KEY / "manifest.json"
    assert store.manifest(handle)
    with flipped(path, 99), pytest.raises(DamagedRun):
        store.manifest(handle)
    assert store.manifest(handle)
    path.unlink()
    with pytest.raises(DamagedRun):
        store.manifest(handle)


def test_a_damaged_result_counts_as_absent_and_harms_neither_the_run_nor_other_results(
    store: Store, handle: str, home: Path
) -> None:
    for number, name in enumerate(("x", "y", "z")):
        store.add_derived(KEY, name, {}, {"map": np.full(17, number)})
    found = store.derived(handle, "x")
    assert found is not None
    flip(store.artifact_path(handle, found["arrays"]["map"]["sha"]), 99)
    assert store.derived(handle, "x") is None
    flip(store._layout.derived_result(KEY, "y"), 99)
    assert store.derived(handle, "y") is None
    assert store.derived_names(handle) == ["z"]
    # What nothing refers to is swept; a result that cannot be read must not make that everything.
    for path in (home / "artifacts").iterdir():
        os.utime(path, (0, 0))
    store.expire()
    assert store.array(handle, ARRAY).shape == (3, 5, 7)
    assert store.derived_array(handle, "z", "map").tolist() == [2] * 17


def test_a_damaged_run_is_mended_for_all_who_hold_it_and_is_there_at_any_time(
    store: Store, handle: str, home: Path
) -> None:
    bob = store.claim(KEY, "bob", "bob.mp4")
    store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    flip(file_of(store, handle), 77)
    assert store.claim(KEY, "carl") is None, "nobody gets it any more"
    assert [len(store.list(owner)) for owner in ("ann", "bob")] == [1, 1]
    store.add(KEY, manifest(), arrays(), FILES)
    for mended in (handle, bob):
        assert mended is not None
        store.check(mended)
        np.testing.assert_array_equal(store.array(mended, ARRAY), arrays()[ARRAY])
        assert store.derived(mended, "x") is not None
    assert store.claim(KEY, "ann") == handle


def test_other_content_takes_the_place_of_a_damaged_run_without_a_trace(
    store: Store, handle: str, home: Path
) -> None:
    other = store.publish(OTHER_KEY, manifest(), arrays(), {}, owner="ann")
    flip(file_of(store, handle, "frame/0000"), 9)
    store.add(KEY, manifest(), arrays(23), FILES)
    np.testing.assert_array_equal(store.array(handle, ARRAY), arrays(23)[ARRAY])
    np.testing.assert_array_equal(store.array(other, ARRAY), arrays()[ARRAY])
    assert len(list((home / "artifacts").iterdir())) == 6
    store.delete(other)
    assert len(list((home / "artifacts").iterdir())) == 4


@pytest.mark.parametrize("deleted", [False, True])
def test_analyzing_again_makes_a_sound_run_while_somebody_else_holds_the_damaged_one(
    make_bench: Callable[..., Bench], deleted: bool
) -> None:
    bench = make_bench()
    ann, bob = (bench.submit("nothing", "same", owner=name).result() for name in ("ann", "bob"))
    before = bench.store.manifest(ann)
    path = bench.store.artifact_path(ann, before["arrays"]["map"]["sha"])
    flip(path, 99)
    if deleted:
        bench.engine.delete_run(ann, "ann")
    request = bench.engine.request_of(bob, "bob")
    assert request is not None
    job = bench.engine.submit(request, "ann")
    assert job.wait(PATIENCE_S).state == "done" and not job.status().cached
    for handle in (job.result(), bob):
        bench.store.check(handle)
        assert bench.store.array(handle, "map").tolist() == np.ones((3, 5, 7)).tolist()


def test_what_cannot_be_read_just_now_is_neither_a_wrong_link_nor_damaged_nor_deleted(
    store: Store, handle: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a server has as many files open as it may."""
    bob = store.claim(KEY, "bob")
    assert bob is not None
    real = Path.read_bytes
    stuck = {handle}

    def fail(path: Path) -> bytes:
        if path.stem in stuck:
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path)

    def refused(read: Callable[[], object]) -> None:
        with pytest.raises(StorageError, match="Too many open files") as error:
            read()
        assert not isinstance(error.value, DamagedRun | RunNotFound)

    monkeypatch.setattr(Path, "read_bytes", fail)
    # Nobody knows whether somebody else holds the run.
    refused(lambda: Store(Settings(home=home)).delete(bob))
    for name in (handle, "manifest"):
        stuck = {name}
        server = Store(Settings(home=home))
        refused(lambda: server.manifest(handle))  # noqa: B023
        refused(lambda: server.claim(KEY, "ann"))  # noqa: B023
        refused(lambda: server.expire())  # noqa: B023
    stuck = set()
    for held in (handle, bob):
        assert store.array(held, ARRAY).shape == (3, 5, 7)


def test_artifacts_are_kept_by_the_browser_alone(store: Store, handle: str) -> None:
    client = TestClient(Starlette(routes=create_routes(lambda: store, lambda: None)))
    url = f"/api/runs/{handle}/artifacts/{file_of(store, handle).name}"
    for headers in ({}, {"if-none-match": "*"}):
        cache = client.get(url, headers=headers).headers["cache-control"]
        assert cache == "private, max-age=31536000, immutable"
