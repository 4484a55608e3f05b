"""Who holds a run, who sees it, and when it goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fixviz.errors import DamagedRun, RunNotFound
from fixviz.settings import Settings
from fixviz.store import Store, handles
from tests.store.conftest import FILES, KEY, OTHER_KEY, arrays, manifest, tree

DAY = 86_400.0


def test_two_owners_hold_the_same_run_by_different_handles(store: Store, home: Path) -> None:
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann", name="ann.mp4")
    bob = store.claim(KEY, "bob", "bob.mp4")
    assert bob is not None and bob != ann
    assert store.claim(KEY, "ann", "again.mp4") == ann
    assert len(list((home / "runs").iterdir())) == 1
    assert [run.handle for run in store.list("ann")] == [ann]
    assert [run.handle for run in store.list("bob")] == [bob]
    assert store.list("eve") == []


def test_nobody_learns_the_name_that_another_owner_gave(store: Store) -> None:
    ann = store.publish(
        KEY,
        {**manifest("secret.mp4"), "notes": ["'secret.mp4' is damaged."]},
        arrays(),
        FILES,
        owner="ann",
        name="secret.mp4",
    )
    bob = store.claim(KEY, "bob", "bob.mp4")
    assert bob is not None
    assert store.manifest(ann)["clip"] == {"name": "secret.mp4", "width": 341}
    assert store.manifest(bob)["clip"]["name"] == "bob.mp4"
    assert store.manifest(ann)["notes"] == ["'secret.mp4' is damaged."]
    assert store.manifest(bob)["notes"] == ["'bob.mp4' is damaged."]
    assert "secret" not in repr(store.list("bob"))


def test_library_line_says_what_the_run_is(store: Store) -> None:
    before = time.time()
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann", name="a.mp4")
    (run,) = store.list("ann")
    entries = [
        *store.manifest(handle)["arrays"].values(),
        *store.manifest(handle)["files"].values(),
    ]
    assert (run.title, run.name, run.models, run.frames) == (
        "a.mp4",
        "a.mp4",
        ("linear", "softmax"),
        3,
    )
    assert run.bytes == sum(entry["bytes"] for entry in entries)
    assert before <= run.created <= time.time()
    assert run.expires == pytest.approx(run.used + 30 * DAY)


def test_newest_run_is_listed_first(store: Store) -> None:
    first = store.publish(KEY, manifest(), {}, {}, owner="ann")
    second = store.publish(OTHER_KEY, manifest(), {}, {}, owner="ann")
    assert [run.handle for run in store.list("ann")] == [second, first]


def test_rename_changes_the_title_for_its_owner_only(store: Store) -> None:
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann", name="a.mp4")
    store.claim(KEY, "bob", "b.mp4")
    store.rename(ann, "  Arm wrestling  ", owner="ann")
    assert [run.title for run in store.list("ann")] == ["Arm wrestling"]
    assert [run.title for run in store.list("bob")] == ["b.mp4"]
    with pytest.raises(RunNotFound):
        store.rename(ann, "stolen", owner="bob")


def test_shared_link_reads_but_does_not_delete(store: Store) -> None:
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    with pytest.raises(RunNotFound):
        store.delete(ann, owner="bob")
    assert store.array(ann, "linear/spatial/map").shape == (3, 5, 7)


def test_last_handle_frees_what_no_other_run_uses(store: Store, home: Path) -> None:
    ann = store.publish(KEY, manifest(), arrays(2), FILES, owner="ann")
    bob = store.claim(KEY, "bob")
    other = store.publish(OTHER_KEY, manifest(), arrays(3), FILES, owner="ann")
    assert bob is not None
    shared = {entry["sha"] for entry in store.manifest(other)["files"].values()}
    kept = shared | {entry["sha"] for entry in store.manifest(other)["arrays"].values()}

    store.delete(ann)
    assert store.array(bob, "linear/spatial/map").shape == (3, 5, 7)
    with pytest.raises(RunNotFound):
        store.manifest(ann)

    store.delete(bob)
    assert {path.name for path in (home / "artifacts").iterdir()} == kept
    assert store.file(other, "frame/0000")
    store.delete(other)
    assert tree(home) == set()


def test_run_goes_when_unused_for_the_set_days_and_a_use_keeps_it(home: Path) -> None:
    store = Store(Settings(home=home, run_days=2.0))
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    used = home / "runs" / KEY / "manifest.json"
    old = time.time() - 1.9 * DAY
    os.utime(used, (old, old))
    assert store.expire() == 0
    store.manifest(ann)  # A use.
    assert store.expire(time.time() + 1.9 * DAY) == 0
    assert store.expire(time.time() + 2.1 * DAY) == 1
    with pytest.raises(RunNotFound, match="expired"):
        store.manifest(ann)
    assert store.list("ann") == []


def test_looking_at_the_library_does_not_keep_a_run_alive(store: Store, home: Path) -> None:
    store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    old = time.time() - 3 * DAY
    os.utime(home / "runs" / KEY / "manifest.json", (old, old))
    (run,) = store.list("ann")
    assert run.used == pytest.approx(old)


def test_what_a_crash_left_is_swept_after_an_hour_and_not_before(store: Store, home: Path) -> None:
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    before = tree(home)
    store.add(OTHER_KEY, manifest(), arrays(5), {})
    (home / "artifacts" / ("f" * 64)).write_bytes(b"left")
    (home / "staging" / "left").mkdir()
    (home / "staging" / "left" / "part").write_bytes(b"left")
    everything = tree(home)
    store.expire()
    assert tree(home) == everything
    store.expire(time.time() + 3_700)
    assert tree(home) == before
    assert store.array(ann, "linear/spatial/map").shape == (3, 5, 7)


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "x",
        "../" * 3 + "etc/passwd",
        "../handles/aaaaaaa",
        "a" * 21,
        "a" * 23,
        "a" * 21 + "/",
        "a" * 21 + "\n",
        "a" * 22,
    ],
)
def test_wrong_handle_is_no_run_and_leads_nowhere(store: Store, handle: str) -> None:
    store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    for use in (store.manifest, store.info, store.delete):
        with pytest.raises(RunNotFound):
            use(handle)


@pytest.mark.parametrize("sha", ["", "../runs", "A" * 64, "f" * 64, "f" * 64 + "\n", "../" * 22])
def test_wrong_sha_is_no_artifact(store: Store, sha: str) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    with pytest.raises(RunNotFound):
        store.artifact_path(handle, sha)


def test_tampered_handle_file_cannot_lead_out_of_the_store(store: Store, home: Path) -> None:
    handle = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    path = home / "handles" / f"{handle}.json"
    path.write_text(path.read_text().replace(KEY, "../../elsewhere"))
    with pytest.raises(DamagedRun):
        store.manifest(handle)


def test_handles_differ_and_carry_128_bits(store: Store) -> None:
    handles = {store.publish(KEY, manifest(), {}, {}, owner=f"owner {i}") for i in range(29)}
    assert len(handles) == 29
    assert all(len(handle) == 22 for handle in handles)


def test_a_claim_reads_the_handles_of_others_once_only(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ten thousand runs in a home, each further one would else take seconds."""
    ann = store.publish(KEY, manifest(), arrays(), FILES, owner="ann")
    store.add(OTHER_KEY, manifest(), arrays(3), FILES)
    for number in range(7):
        store.claim(KEY, f"visitor {number}")
    reads: list[str] = []
    read = handles._read
    monkeypatch.setattr(handles, "_read", lambda path: reads.append(path.stem) or read(path))
    bob = store.claim(OTHER_KEY, "bob")
    assert bob is not None
    assert len(reads) <= 2, "at most the new one and the one before, which nobody looked for since"
    elsewhere = Store(Settings(home=home))
    assert elsewhere.claim(KEY, "ann") == ann
    assert len(reads) >= 9
    # What another process of the same home does is seen.
    elsewhere.delete(ann)
    eve = elsewhere.claim(KEY, "eve")
    again = store.claim(KEY, "ann")
    assert again is not None and again != ann
    assert store.claim(KEY, "eve") == eve
