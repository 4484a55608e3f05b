"""Sets of example clips on disk: whose they are, what may be in them, and what two tabs see."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from fixviz.errors import OptionError, StorageError, VideoTooLarge
from fixviz.settings import Settings
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSet, ExampleSets


@pytest.fixture
def sets(tmp_path) -> ExampleSets:
    return ExampleSets(Settings(home=tmp_path))


def clip(number: int, frames: int = 5) -> ExampleClip:
    return ExampleClip(f"c{number}", f"clip {number}.mp4", f"/x/{number}", f"{number:064x}", frames)


def filled(found: ExampleSet, *counts: int) -> ExampleSet:
    """The set with so many clips in its classes."""
    number = 0
    for one, count in zip(found.classes, counts, strict=True):
        for _ in range(count):
            number += 1
            found = examples.add_clip(found, one.id, clip(number))
    return found


def test_a_set_is_its_owners_alone_and_comes_back_as_it_was(sets) -> None:
    made = sets.new("me", ["wave", "  point\n at "])
    assert [one.name for one in made.classes] == ["wave", "point at"]
    changed = sets.change(made.id, "me", lambda now: filled(now, 2, 1))
    assert sets.get(made.id, "me") == sets.latest("me") == changed
    assert len(changed.clips) == 3
    assert sets.get(made.id, "you") is sets.latest("you") is None
    assert sets.get("../../etc", "me") is None
    with pytest.raises(OptionError, match="start again"):
        sets.change(made.id, "you", lambda now: now)
    with pytest.raises(StorageError):
        sets.folder("../../etc")
    newer = sets.new("me", [])
    assert sets.latest("me") == newer
    sets.delete(newer.id, "you")
    assert sets.latest("me") == newer
    sets.delete(newer.id, "me")
    assert sets.latest("me") == changed


def test_frames_are_kept_in_two_sizes_and_go_with_their_clip(sets) -> None:
    made = sets.new("me", ["wave"])
    frames = np.zeros((5, 240, 320, 3), np.uint8)
    frames[3, :, 160:] = 255
    sets.keep_clip(made.id, "c1", frames)
    assert sets.frames(made.id, "c1").shape == (5, 64, 85, 3)
    shown = sets.shown_frames(made.id, clip(1))
    assert shown.shape == (5, 160, 213, 3)
    assert [int(frame[:, 150:].mean()) // 200 for frame in shown] == [0, 0, 0, 1, 0]
    kept = sets.change(made.id, "me", lambda now: filled(now, 1))
    sets.change(
        made.id,
        "me",
        partial(examples.remove_clip, class_id=kept.classes[0].id, clip_id="c1"),
    )
    with pytest.raises(StorageError):
        sets.frames(made.id, "c1")


def test_two_tabs_change_what_the_other_one_has_left(sets) -> None:
    made = sets.new("me", ["wave", "point"])
    first, second = made.classes
    sets.change(made.id, "me", partial(examples.remove_class, class_id=second.id))
    with pytest.raises(OptionError, match="not there any more"):
        sets.change(made.id, "me", lambda now: examples.add_clip(now, second.id, clip(1)))
    sets.change(made.id, "me", partial(examples.rename_class, class_id=first.id, name="jump"))
    sets.change(made.id, "me", lambda now: examples.add_clip(now, first.id, clip(1)))
    now = sets.get(made.id, "me")
    assert [(one.name, len(one.clips)) for one in now.classes] == [("jump", 1)]


def test_what_may_be_in_a_set(sets) -> None:
    found = sets.new("me", ["wave", "point"])
    wave, point = found.classes
    full = filled(found, examples.MOST_CLIPS, 0)
    with pytest.raises(OptionError, match="40 clips at most"):
        examples.add_clip(full, wave.id, clip(99))
    with pytest.raises(OptionError, match="in the class 'wave' already"):
        examples.add_clip(full, point.id, clip(1))
    six = found
    for _ in range(4):
        six = examples.add_class(six, "more")
    with pytest.raises(OptionError, match="6 classes at most"):
        examples.add_class(six, "more")
    with pytest.raises(OptionError, match="clips already"):
        examples.with_classes(full, ["a"])
    tried = found
    for number in range(examples.MOST_TRIED + 2):
        tried = examples.try_clip(tried, clip(number))
    assert [one.id for one in tried.tried] == [f"c{n}" for n in range(2, 8)]
    assert tried.clips == (), "nothing is learned from a clip that is only tried"
    examples.check_length("x.mp4", 10.0)
    with pytest.raises(VideoTooLarge, match=r"'x\.mp4' lasts 12 s"):
        examples.check_length("/tmp/x.mp4", 12.4)


@pytest.mark.parametrize(
    ("names", "counts", "expected"),
    [
        ([], [], ("few_classes", {})),
        (["wave"], [9], ("few_classes", {})),
        (["wave", ""], [9, 9], ("no_name", {})),
        (["wave", "Wave"], [9, 9], ("same_name", {"name": "Wave"})),
        (["wave", "jump"], [9, 2], ("few_clips", {"name": "jump", "count": 2, "least": 3})),
        (["wave", "jump"], [3, 3], None),
    ],
)
def test_what_keeps_training_from_starting(sets, names, counts, expected) -> None:
    assert examples.obstacle(filled(sets.new("me", names), *counts)) == expected


def test_a_set_that_nobody_uses_is_deleted(sets) -> None:
    old, new = sets.new("me", ["a"]), sets.new("me", ["b"])
    then = time.time() - 31 * 86_400
    os.utime(sets.folder(old.id) / "set.json", (then, then))
    assert examples.sweep_sets(sets.settings) == 1
    assert sets.get(old.id, "me") is None
    assert sets.latest("me") == new


def test_a_damaged_set_is_as_good_as_none(sets) -> None:
    made = sets.new("me", ["a"])
    sets.change(made.id, "me", lambda now: replace(now, job="x"))
    (sets.folder(made.id) / "set.json").write_text('{"id": 1}')
    assert sets.get(made.id, "me") is sets.latest("me") is None
