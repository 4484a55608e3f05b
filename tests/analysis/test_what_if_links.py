"""Interventions as data: order, names, JSON, and the value of a query parameter."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fixviz.analysis.what_if.interventions import arrange, describe
from fixviz.analysis.what_if.network import DIRECTIONS, Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    Cropped,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
    Resized,
)
from fixviz.analysis.what_if.plain import from_json, from_link, to_json, to_link
from fixviz.errors import OptionError

# The shape checks that run during tests look at random elements of what strategies build.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

layers = some.none() | some.integers(0, 11)
axes = some.sampled_from([None, "temporal", "spatial", "joint"])
numbers = some.lists(some.integers(0, 127), min_size=1, max_size=7).map(tuple)
dials = some.builds(Dial, some.integers(0, 800).map(lambda n: n / 100), layers, axes)
cells = some.lists(
    some.tuples(some.none() | some.integers(0, 16), some.integers(0, 4), some.integers(0, 6)),
    max_size=20,
).map(tuple)
crops = some.builds(
    Cropped,
    *(some.integers(0, 40), some.integers(0, 40), some.integers(50, 100), some.integers(50, 100)),
)
anything = (
    some.builds(NeighborOff, some.sampled_from(DIRECTIONS), layers)
    | some.builds(HeadsOff, numbers, some.integers(0, 11), axes)
    | some.builds(
        PatchesHidden, cells, some.just(5), some.just(7), some.sampled_from(["blur", "gray"])
    )
    | some.builds(FramesFrozen, some.integers(0, 127))
    | some.builds(FramesShuffled, some.integers(0, 10**6))
    | some.just(FramesReversed())
    | some.builds(FramesDropped, numbers)
)
interventions = some.tuples(
    some.lists(anything, max_size=8),
    some.lists(dials, max_size=3, unique_by=lambda d: (d.layer, d.axis)),
    some.lists(crops, max_size=1),
    some.lists(some.builds(Resized, some.integers(1, 360)), max_size=1),
).map(lambda parts: [i for part in parts for i in part])


@given(interventions)
def test_a_link_and_json_give_back_the_same_interventions(listed) -> None:
    arranged = arrange(listed)
    link = to_link(listed)
    assert re.fullmatch(r"[A-Za-z0-9._-]*", link)
    assert from_link(link) == arranged
    assert from_json(json.loads(json.dumps(to_json(listed)))) == arranged


@given(interventions, some.randoms(use_true_random=False))
def test_only_the_order_of_the_frames_changes_matters(listed, random) -> None:
    frames = (FramesFrozen, FramesShuffled, FramesReversed, FramesDropped)
    mixed = [i for i in listed if not isinstance(i, frames)]
    random.shuffle(mixed)
    mixed += [i for i in listed if isinstance(i, frames)]
    assert arrange(mixed) == arrange(listed)


def test_interventions_act_from_the_picture_to_the_output() -> None:
    hidden = PatchesHidden(((None, 1, 2),), 5, 7)
    in_order = (hidden, FramesReversed(), FramesFrozen(3), Cropped(0, 0, 50, 100), Resized(32),
                NeighborOff("left"), Dial(2.0), HeadsOff((1,), 0))  # fmt: skip
    mixed = [in_order[i] for i in (7, 3, 1, 0, 6, 2, 5, 4)]
    assert arrange(mixed) == in_order
    assert arrange([FramesFrozen(3), FramesReversed()]) == (FramesFrozen(3), FramesReversed())


def test_what_changes_nothing_is_left_out_and_what_is_listed_twice_counts_once() -> None:
    assert arrange([Dial(1.0), PatchesHidden((), 5, 7)]) == ()
    assert arrange([NeighborOff("left"), NeighborOff("left")]) == (NeighborOff("left"),)
    assert arrange([FramesReversed(), FramesReversed()]) == (FramesReversed(), FramesReversed())
    assert to_link([]) == ""
    assert from_link("") == ()


def test_names_are_short_and_say_everything() -> None:
    assert describe([Dial(0.0), HeadsOff((3, 2), 1)]) == (
        "fixation dial 0; heads 2, 3 of layer 1 off"
    )
    assert Dial(0.0, 2, "spatial").label == "fixation off in layer 2 (spatial)"
    assert NeighborOff("above left", 0).label == "neighbor above left off in layer 0"
    hidden = PatchesHidden(((None, 0, 0), (4, 1, 1), (6, 1, 1), (4, 2, 1)), 5, 7, "gray")
    assert hidden.label == "1 patch hidden in all frames and 3 patches hidden in frames 4, 6 (gray)"
    assert PatchesHidden(((4, 1, 1),), 5, 7).label == "1 patch hidden in frame 4 (blurred)"
    assert describe([]) == "nothing changed"


def test_the_query_parameters_are_those_of_the_documentation() -> None:
    assert to_link([Dial(0.5)]) == "dial.50"
    assert to_link([Dial(0.0, 1, "spatial")]) == "dial.0.l1.s"
    assert to_link([NeighborOff("above left", 0), HeadsOff((3, 2), 1)]) == (
        "neighbor.above-left.l0_heads.2-3.l1"
    )
    # Bit 0 is the top left patch: 1000 0001 in a grid of 2 x 5 is 8, 1.
    assert to_link([PatchesHidden(((None, 0, 0), (None, 1, 2)), 2, 5)]) == "hide.blur.2x5.all-81"
    assert from_link("hide.gray.2x5.3-4-8")[0] == PatchesHidden(
        ((3, 0, 0), (4, 0, 0)), 2, 5, "gray"
    )


@given(
    some.text(max_size=40) | some.from_regex(r"[a-z]{4,8}(\.[a-z0-9-]{1,9}){0,3}", fullmatch=True)
)
def test_garbage_in_a_link_is_refused_with_a_sentence_or_means_something(value) -> None:
    try:
        found = from_link(value)
    except OptionError as error:
        assert str(error).endswith((".", ")"))
    else:
        assert from_link(to_link(found)) == found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("dial.900", "must lie between 0 and 8"),
        ("dial.50_tea", "'tea', which is no intervention"),
        ("dial.50.s.l1", "no intervention"),
        ("neighbor.beyond", "no intervention"),
        ("heads.1", "no intervention"),
        ("hide.blur.2x5.all-0001", r"no patch \(3, 0\)"),
        ("hide.red.2x5.all-8", r"hide\.red"),
        ("hide.blur.2x5.8", "no intervention"),
        ("crop.0-0-5-100", "leave 10 %"),
        ("crop.1-2-3", "no intervention"),
        ("size.32_size.64", "keep one of each"),
        ("dial.50_dial.60", "keep one of each"),
        ("size.0", "1 pixel or more"),
        ("reverse." * 900, "too long"),
        ("_", "no intervention"),
    ],
)
def test_a_damaged_link_says_which_part_is_wrong(value, message) -> None:
    with pytest.raises(OptionError, match=message):
        from_link(value)


@given(some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.sampled_from(
        ["dial", "heads", "hide", "kind", "layer"]
    ),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(
        some.sampled_from(["kind", "alpha", "layer", "heads", "cells", "rows", "columns", "axis"]),
        inner, max_size=5
    ),
))  # fmt: skip
def test_garbage_in_json_is_refused_with_a_sentence(value) -> None:
    for candidate in (value, [value], [{"kind": "dial", "alpha": value}],
                      [{"kind": "hide", "cells": value, "rows": 5, "columns": 7}],
                      [{"kind": "heads", "heads": value, "layer": value}]):  # fmt: skip
        try:
            arranged = from_json(candidate)
        except OptionError:
            continue
        assert from_json(to_json(arranged)) == arranged


def test_painting_too_many_single_frames_is_too_long_for_a_link() -> None:
    cells = tuple((f, y, (f * y) % 23) for f in range(128) for y in range(29) if f & 1 << y % 7)
    with pytest.raises(OptionError, match="too many for a link"):
        to_link([PatchesHidden(cells, 29, 23)])
