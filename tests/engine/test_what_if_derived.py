"""The worker runs a clip again with interventions, also from the run's display frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from fixviz.engine import DeriveRequest
from fixviz.errors import OptionError
from tests.engine.real_run import RealRun, real_run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRun]:
    with real_run(tmp_path_factory.mktemp("run")) as made:
        yield made


def derive(place, listed: list[dict]) -> tuple[dict, DeriveRequest]:
    store, engine, run, _ = place
    request = DeriveRequest(run, "what_if", "fixed", {"interventions": listed})
    engine.derive(request).result()
    found = store.derived(run, request.name)
    assert found is not None
    return found, request


def test_what_was_before_is_in_the_run_itself(place) -> None:
    store, _, run, _ = place
    _, request = derive(place, [])
    for name in ("spatial/attention_received/source", "temporal/metrics", "spatial/ratio_key"):
        after = store.derived_array(run, request.name, name)
        np.testing.assert_array_equal(after, store.array(run, f"fixed/{name}"))


def test_a_crop_takes_the_runs_display_frames(place) -> None:
    found, _ = derive(place, [{"kind": "crop", "left": 0, "top": 0, "right": 50, "bottom": 50}])
    assert found["pixels"] == "display"
    assert found["crop"] == [0, 0, 37, 23]
    assert (found["grid"]["model_height"], found["grid"]["model_width"]) == (23, 37)
    assert found["title"] == "crop to 0-50 % across, 0-50 % down"


def test_an_intervention_that_the_model_cannot_take_ends_the_job_with_a_sentence(place) -> None:
    with pytest.raises(OptionError, match="heads 0 to 3, and no head 5"):
        derive(place, [{"kind": "heads", "heads": [5], "layer": 0}])
