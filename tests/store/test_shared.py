"""A store behind a URL: a folder, and S3 as a server from PyPI plays it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fixviz.errors import DamagedRun, OptionError, RunNotFound, StorageError
from fixviz.settings import Settings, checked_store
from fixviz.store import Store
from fixviz.store.layout import Layout
from fixviz.store.shared import SharedRuns
from tests.store.conftest import FILES, KEY, arrays, manifest, tree

SECRET = "a-secret-that-nobody-prints"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3, with a bucket called clips."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0)
    s3fs = pytest.importorskip("s3fs")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        keys = {"key": "test", "secret": SECRET, "endpoint_url": address}
        s3fs.S3FileSystem(**keys, skip_instance_cache=True).mkdir("clips")
        yield address
    finally:
        server.stop()


@pytest.fixture(params=["folder", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "folder":
        return f"file://{tmp_path}/shared"
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return f"s3://clips/{tmp_path.name}"


def opened(home: Path, url: str) -> Store:
    return Store(Settings(home=home, store=url))


def shared_run(home: Path, url: str) -> str:
    """Store a run with a derived result in a home, and share it; its handle in the shared store."""
    store = opened(home, url)
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="me", name="a.mp4")
    store.add_derived(KEY, "rollout/x", {"kind": "rollout"}, {"map": np.arange(6.0)})
    return store.share(handle)


def test_a_run_is_opened_on_another_machine(url: str, tmp_path: Path) -> None:
    handle = shared_run(tmp_path / "one", url)
    store = opened(tmp_path / "two", url)
    assert store.manifest(handle)["clip"]["name"] == "a.mp4"
    for name, values in arrays().items():
        np.testing.assert_array_equal(store.array(handle, name), values)
    assert store.file(handle, "frame/0000") == FILES["frame/0000"]
    np.testing.assert_array_equal(store.derived_array(handle, "rollout/x", "map"), np.arange(6.0))
    store.check(handle)
    assert [run.handle for run in store.list("me")] == [handle]


def test_what_was_opened_is_read_from_the_own_disk(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = shared_run(tmp_path / "one", url)
    opened(tmp_path / "two", url).manifest(handle)

    def asked(*_: object) -> None:
        raise AssertionError("the shared store was asked")

    for name in ("get", "record", "has"):
        monkeypatch.setattr(SharedRuns, name, asked)
    again = opened(tmp_path / "two", url)
    name, values = next(iter(arrays().items()))
    assert again.array(handle, name).shape == values.shape


def test_an_owner_has_one_handle_on_a_run_whichever_machine_shared_it(
    url: str, tmp_path: Path
) -> None:
    handle = shared_run(tmp_path / "one", url)
    assert shared_run(tmp_path / "two", url) == handle
    third = opened(tmp_path / "three", url)
    mine = third.claim(KEY, "me", "b.mp4")
    assert mine is not None, "a run that the shared store has is not computed again"
    assert third.share(mine) == handle
    other = third.claim(KEY, "somebody else")
    assert other is not None and third.share(other) != handle


def test_a_deleted_link_opens_nothing_anywhere(url: str, tmp_path: Path) -> None:
    handle = shared_run(tmp_path / "one", url)
    store = opened(tmp_path / "two", url)
    with pytest.raises(RunNotFound):
        store.delete(handle, owner="somebody else")
    store.delete(handle, owner="me")
    for home in ("two", "three"):
        with pytest.raises(RunNotFound):
            opened(tmp_path / home, url).manifest(handle)


def test_a_wrong_link_leaves_no_trace(url: str, tmp_path: Path) -> None:
    store = opened(tmp_path / "two", url)
    for wrong in ("A" * 22, "../" * 7 + "x", "", "runs"):
        with pytest.raises(RunNotFound):
            store.manifest(wrong)
    assert tree(tmp_path / "two") == set()


def test_a_damaged_run_is_not_taken(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/shared"
    handle = shared_run(tmp_path / "one", url)
    path = tmp_path / "shared" / "runs" / f"{KEY}.zip"
    whole = path.read_bytes()
    for place in (100, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        store = opened(tmp_path / f"at-{place}", url)
        with pytest.raises((RunNotFound, DamagedRun)):
            store.check(handle)
    path.write_bytes(whole[: len(whole) // 2])
    store = opened(tmp_path / "cut", url)
    with pytest.raises(RunNotFound):
        store.manifest(handle)
    # Whoever computes it again mends it for all.
    mine = store.publish(KEY, manifest(), arrays(), FILES, owner="me")
    assert store.share(mine) == handle
    opened(tmp_path / "mended", url).check(handle)


def test_equal_runs_are_equal_files(tmp_path: Path) -> None:
    for number in (1, 2):
        shared_run(tmp_path / f"home-{number}", f"file://{tmp_path}/shared-{number}")
    one, two = (tmp_path / f"shared-{n}" / "runs" / f"{KEY}.zip" for n in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_a_run_leaves_no_half_files(tmp_path: Path) -> None:
    shared_run(tmp_path / "one", f"file://{tmp_path}/shared")
    names = {path.parent.name for path in (tmp_path / "shared").rglob("*") if path.is_file()}
    assert names == {"runs", "handles", "held"}
    assert len([p for p in (tmp_path / "shared").rglob("*") if p.is_file()]) == 3


def test_a_store_that_does_not_answer_is_told_without_its_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("s3fs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match=r"The store s3://clips/x could not be used") as told:
        shared_run(tmp_path / "one", "s3://clips/x")
    assert SECRET not in str(told.value) + caplog.text
    assert Layout(tmp_path / "one").manifest(KEY).exists(), "it stays in the home"


@pytest.mark.parametrize(
    "text", ["bucket/runs", "s3://key:secret@bucket", "s3://", "https://a.example/x?sig=1", "S3 x"]
)
def test_what_is_no_store_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="not the URL of a store") as told:
        checked_store(text)
    assert "secret" not in str(told.value)


def test_a_store_is_named() -> None:
    assert checked_store(" s3://bucket/runs/ ") == "s3://bucket/runs"
    assert Settings.from_env({"FIXVIZ_STORE": "gs://bucket"}).store == "gs://bucket"
    with pytest.raises(OptionError, match="is no URL of a store"):
        Store(Settings(store="nosuchkind://x"))
