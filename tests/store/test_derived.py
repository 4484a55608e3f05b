from __future__ import annotations

import numpy as np
import pytest

from fixviz.errors import RunNotFound
from fixviz.store import Store

from .conftest import KEY, OTHER_KEY, arrays, manifest


@pytest.fixture
def handle(store: Store) -> str:
    return store.publish(KEY, manifest(), arrays(), {}, owner="ann")


def test_a_derived_result_comes_back_with_its_arrays(store: Store, handle: str) -> None:
    assert store.derived(handle, "rollout/linear/{}") is None
    values = np.arange(35, dtype=np.float32).reshape(5, 7)
    store.add_derived(KEY, "rollout/linear/{}", {"outside": 0.25}, {"map": values})
    found = store.derived(handle, "rollout/linear/{}")
    assert found is not None
    assert found["outside"] == 0.25
    entry = found["arrays"]["map"]
    assert entry["shape"] == [5, 7]
    assert store.artifact(handle, entry["sha"]).encoding == "gzip"
    np.testing.assert_array_equal(store.derived_array(handle, "rollout/linear/{}", "map"), values)


def test_only_handles_of_the_run_reach_it(store: Store, handle: str) -> None:
    other = store.publish(OTHER_KEY, manifest(), arrays(3), {}, owner="ann")
    store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    found = store.derived(handle, "x")
    assert found is not None
    assert store.derived(other, "x") is None
    with pytest.raises(RunNotFound):
        store.artifact(other, found["arrays"]["map"]["sha"])


def test_it_goes_when_the_run_goes(store: Store, handle: str, home) -> None:
    store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    store.delete(handle)
    assert list((home / "artifacts").iterdir()) == []
    with pytest.raises(RunNotFound):
        store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    assert list((home / "artifacts").iterdir()) == []


def test_sweeping_keeps_what_was_derived(store: Store, handle: str) -> None:
    store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    store.expire()
    assert store.derived(handle, "x") is not None


def test_a_result_whose_file_is_short_counts_as_absent(store: Store, handle: str) -> None:
    store.add_derived(KEY, "x", {}, {"map": np.ones(3)})
    found = store.derived(handle, "x")
    assert found is not None
    store.artifact_path(handle, found["arrays"]["map"]["sha"]).write_bytes(b"")
    assert store.derived(handle, "x") is None


def test_what_was_derived_can_be_listed_by_kind(store: Store, handle: str) -> None:
    for name in ("rollout/linear/{}", "attribution/softmax/{}", "attribution/linear/{}"):
        store.add_derived(KEY, name, {}, {"map": np.full(3, len(name))})
    assert store.derived_names(handle, "attribution/") == [
        "attribution/linear/{}",
        "attribution/softmax/{}",
    ]
    assert len(store.derived_names(handle)) == 3
    found = store.derived(handle, "attribution/linear/{}")
    assert found is not None
    store.artifact_path(handle, found["arrays"]["map"]["sha"]).unlink()
    assert store.derived_names(handle, "attribution/") == ["attribution/softmax/{}"]
    with pytest.raises(RunNotFound):
        store.derived_names("A" * 22)
