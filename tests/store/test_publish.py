"""Publishing and reading back: what comes out is what went in, or nothing is there."""

from __future__ import annotations

import errno
import gzip
import hashlib
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fixviz.errors import RunNotFound, StorageError
from fixviz.settings import Settings
from fixviz.store import Store, run_key
from tests.store.conftest import FILES, KEY, OTHER_KEY, PNG, arrays, manifest, tree


def test_arrays_and_files_come_back_as_they_were(store: Store) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann", name="mine.mp4")
    for name, array in arrays().items():
        found = store.array(handle, name)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
    assert store.file(handle, "frame/0000") == PNG


@pytest.mark.parametrize(
    "array",
    [
        np.arange(15, dtype=">i4").reshape(3, 5),
        np.arange(15.0).reshape(3, 5).T,
        np.array(2.5, np.float32),
        np.zeros((0, 7), bool),
    ],
    ids=["big-endian", "transposed", "scalar", "empty"],
)
def test_any_layout_of_an_array_comes_back_equal(store: Store, array: np.ndarray) -> None:
    handle = store.publish(KEY, manifest(), {"x": array}, {})
    found = store.array(handle, "x")
    assert (found.shape, found.dtype.name) == (array.shape, array.dtype.name)
    np.testing.assert_array_equal(found, array)


def test_manifest_names_each_artifact_with_all_a_browser_needs(store: Store) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES)
    entry = store.manifest(handle)["arrays"]["linear/spatial/map"]
    artifact = store.artifact(handle, entry["sha"])
    stored = artifact.path.read_bytes()
    assert hashlib.sha256(stored).hexdigest() == entry["sha"]
    assert (entry["dtype"], entry["shape"], entry["bytes"]) == ("float16", [3, 5, 7], len(stored))
    assert (artifact.encoding, artifact.bytes) == ("gzip", len(stored))
    raw = gzip.decompress(stored)
    expected = arrays()["linear/spatial/map"]
    np.testing.assert_array_equal(np.frombuffer(raw, "<f2").reshape(3, 5, 7), expected)
    image = store.artifact(handle, store.manifest(handle)["files"]["frame/0001"]["sha"])
    assert (image.media_type, image.encoding) == ("image/webp", None)


def test_equal_content_is_stored_once_and_unequal_runs_do_not_mix(store: Store, home: Path) -> None:
    first = store.publish(KEY, manifest(), arrays(2), FILES)
    before = len(list((home / "artifacts").iterdir()))
    second = store.publish(OTHER_KEY, manifest(), {**arrays(2), "more": np.ones(13)}, FILES)
    assert len(list((home / "artifacts").iterdir())) == before + 1
    sha = store.manifest(second)["arrays"]["more"]["sha"]
    assert store.artifact_path(second, sha).is_file()
    with pytest.raises(RunNotFound):
        store.artifact_path(first, sha)


def test_object_arrays_and_nan_in_the_manifest_are_refused(store: Store, home: Path) -> None:
    with pytest.raises(TypeError, match="numbers"):
        store.add(KEY, manifest(), {"x": np.array([None])}, {})
    with pytest.raises(ValueError, match="JSON"):
        store.add(KEY, {**manifest(), "seconds": float("nan")}, {}, {})
    assert tree(home) == set()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("fails_at", [1, 3, 5])
def test_full_disk_gives_a_sentence_and_leaves_nothing(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch, number: int, fails_at: int
) -> None:
    opened = 0
    real_open = Path.open

    def failing_open(self: Path, mode: str = "r", *args: object, **kwargs: object) -> object:
        nonlocal opened
        if "w" in mode or "x" in mode:
            opened += 1
            if opened == fails_at:
                raise OSError(number, os.strerror(number))
        return real_open(self, mode, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", failing_open)
    with pytest.raises(StorageError, match="disk is full") as caught:
        store.add(KEY, manifest(), arrays(), FILES)
    assert "then try again" in str(caught.value)
    assert tree(home) == set()
    monkeypatch.undo()
    assert store.publish(KEY, manifest(), arrays(), FILES)


def test_disk_filling_up_during_the_move_leaves_no_run(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_rename(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", no_rename)
        with pytest.raises(StorageError, match="disk is full"):
            store.add(KEY, manifest(), arrays(), FILES)
    assert store.claim(KEY, "ann") is None
    assert tree(home) == set()
    handle = store.publish(KEY, manifest(), arrays(), FILES)
    np.testing.assert_array_equal(
        store.array(handle, "linear/spatial/map"), arrays()["linear/spatial/map"]
    )


def test_home_that_is_a_file_is_named_with_a_way_out(tmp_path: Path) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("in the way")
    with pytest.raises(StorageError, match="FIXVIZ_HOME"):
        Store(Settings(home=blocked)).publish(KEY, manifest(), {}, {})


def test_run_with_a_short_artifact_is_dropped_and_can_be_made_again(store: Store) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    sha = store.manifest(handle)["arrays"]["linear/spatial/map"]["sha"]
    store.artifact_path(handle, sha).write_bytes(b"short")
    with pytest.raises(StorageError, match="damaged"):
        store.array(handle, "linear/spatial/map")
    assert store.claim(KEY, "bob") is None
    again = store.publish(KEY, manifest(), arrays(), FILES, owner="bob")
    assert store.array(again, "linear/spatial/map").shape == (3, 5, 7)


def test_key_depends_on_each_part() -> None:
    base = run_key("a" * 64, {"rate_hz": 8.0}, [("linear", "b" * 64)], {})
    assert base == run_key("a" * 64, {"rate_hz": 8.0}, [("linear", "b" * 64)], {})
    others = {
        run_key("c" * 64, {"rate_hz": 8.0}, [("linear", "b" * 64)], {}),
        run_key("a" * 64, {"rate_hz": 7.0}, [("linear", "b" * 64)], {}),
        run_key("a" * 64, {"rate_hz": 8.0}, [("softmax", "b" * 64)], {}),
        run_key("a" * 64, {"rate_hz": 8.0}, [("linear", "c" * 64)], {}),
        run_key("a" * 64, {"rate_hz": 8.0}, [("linear", "b" * 64)], {"layer": 1}),
    }
    assert len(others | {base}) == 6


def _publish(home: Path, owner: str) -> str:
    return Store(Settings(home=home)).publish(KEY, manifest(), arrays(), FILES, owner=owner)


def test_two_processes_publish_the_same_run(home: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        handles = pool.starmap(_publish, [(home, f"owner {i}") for i in range(7)], chunksize=1)
    store = Store(Settings(home=home))
    assert len(set(handles)) == 7
    for handle in handles:
        np.testing.assert_array_equal(
            store.array(handle, "linear/spatial/map"), arrays()["linear/spatial/map"]
        )
    assert len(list((home / "runs").iterdir())) == 1
    assert not any((home / "staging").iterdir())


def test_threads_publish_delete_and_expire_together(home: Path) -> None:
    store = Store(Settings(home=home))

    def live(owner: str) -> None:
        for _ in range(3):
            handle = store.publish(KEY, manifest(), arrays(), FILES, owner=owner)
            store.expire()
            assert store.array(handle, "linear/spatial/metrics").shape == (2, 11)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(live, [f"owner {i}" for i in range(5)]))
    assert [len(store.list(f"owner {i}")) for i in range(5)] == [1] * 5
