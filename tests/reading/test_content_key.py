"""Keys of figures: the same for the same content, whoever holds it, and different for all else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fixviz.analysis.measure_table import SHOWN
from fixviz.reading.content_key import content_key
from fixviz.reading.figures import concentration, fixation
from fixviz.reading.run import StoredRun
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.fixation_run import KEY, derive, publish
from tests.ui.synthetic import synthetic_run


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Settings(home=tmp_path))


def view_of(store: Store, handle: str, **other: object) -> View:
    view = View(StoredRun.open(store, handle), "spatial", 1, None, 0)
    return replace(view, **other)


def test_two_who_hold_a_run_have_the_same_keys(store: Store) -> None:
    mine = publish(store)
    yours = store.claim(KEY, "you", "noise.mp4")
    one, other = (
        content_key(concentration.numbers, view_of(store, handle)) for handle in (mine, yours)
    )
    assert mine != yours and one == other
    assert mine not in repr(one) and yours not in repr(other)


def test_whoever_calls_the_clip_by_another_name_has_other_keys(store: Store) -> None:
    mine = publish(store)
    yours = store.claim(KEY, "you", "my secret name.mp4")
    one, other = (
        content_key(concentration.numbers, view_of(store, handle)) for handle in (mine, yours)
    )
    assert one.of == other.of and one.run != other.run


def test_every_part_of_the_view_and_every_argument_tells_keys_apart(store: Store) -> None:
    view = view_of(store, publish(store))
    first, second = SHOWN[:2]
    keys = [
        content_key(concentration.numbers, view),
        content_key(concentration.lorenz, view),
        content_key(concentration.numbers, replace(view, frame=1)),
        content_key(concentration.numbers, replace(view, head=0)),
        content_key(concentration.numbers, replace(view, axis="temporal")),
        content_key(concentration.over_time, view, first, "a"),
        content_key(concentration.over_time, view, second, "a"),
        content_key(concentration.over_time, view, first, "b"),
        content_key(fixation.ratio_maps, view, unit_scale=True),
        content_key(fixation.ratio_maps, view, unit_scale=False),
        content_key(fixation.ratio_maps, view, unit_scale=1),
    ]
    assert len(set(keys)) == len(keys)
    assert content_key(concentration.over_time, view, first, "a") == keys[5]


def test_models_of_a_run_are_told_apart(store: Store) -> None:
    run = StoredRun.open(store, publish(store))
    keys = {content_key(concentration.numbers, run, entry).of for entry in run.models}
    assert len(keys) == len(run.models)


def test_a_run_of_other_content_has_other_keys_under_the_same_store_key(store: Store) -> None:
    manifest, arrays, files = synthetic_run()
    first = store.publish("a" * 64, manifest, arrays, files, owner="me", name="clip")
    before = StoredRun.open(store, first).content
    store.delete(first)
    name = next(name for name, array in arrays.items() if array.dtype.kind == "f")
    again = store.publish(
        "a" * 64, manifest, {**arrays, name: arrays[name] + 1}, files, owner="me", name="clip"
    )
    after = StoredRun.open(store, again).content
    assert (before.key, before.name) == (after.key, after.name)
    assert before.sha256 != after.sha256


def test_a_result_counts_by_what_is_stored(store: Store) -> None:
    handle = publish(store)
    derive(store, handle, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    run = StoredRun.open(store, handle)
    result = run.derived("logit_parts", "fixation", {"axis": "spatial", "layer": 1, "frame": 0})
    assert result is not None
    changed = replace(result, description={**result.description, "parts": ["others"]})
    keys = {content_key(fixation.histogram, one).of for one in (result, changed)}
    assert len(keys) == 2
    assert content_key(fixation.histogram, result).of in keys


def test_what_would_have_to_be_read_is_refused(store: Store) -> None:
    view = view_of(store, publish(store))
    with pytest.raises(TypeError, match="ndarray"):
        content_key(concentration.numbers, view, np.zeros(3))
    with pytest.raises(TypeError, match="more than its arguments"):
        content_key(lambda: view)
    with pytest.raises(TypeError, match="not from 0"):
        content_key(concentration.numbers, 1)


def test_what_makes_an_array_stands_in_its_place(store: Store) -> None:
    view = view_of(store, publish(store))
    keys = {
        content_key(concentration.numbers, view, partial(function, view)).of
        for function in (values.lorenz_curves, values.histograms)
    }
    assert len(keys) == 2
    again = content_key(concentration.numbers, view, partial(values.histograms, replace(view)))
    assert again.of in keys


def test_figures_of_two_runs_at_once_are_refused(store: Store) -> None:
    one = view_of(store, publish(store))
    manifest, arrays, files = synthetic_run()
    other = store.publish("b" * 64, manifest, arrays, files, owner="me", name="clip")
    with pytest.raises(TypeError, match="not from 2"):
        content_key(concentration.numbers, one, view_of(store, other))
