import numpy as np
import pytest

from fixviz.analysis.attribution.agreement import agreement
from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.study import Study
from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from fixviz.errors import JobCancelled, OptionError
from tests.analysis.conftest import VARIANTS, build

from .conftest import COLUMNS, ROWS, T, noise


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(build(**VARIANTS["fixation"]), noise(7))


@pytest.mark.parametrize("method", METHODS)
def test_every_frame_takes_its_map_from_its_most_central_window(subject, method) -> None:
    options = {"method": method, "target": 2}
    options |= {"block": 3} if method == "occlusion" else {}
    whole = derive_from(subject, "attribution", options)
    windows = Study.of(subject).windows
    assert whole.arrays["map"].shape == (7, ROWS, COLUMNS)
    assert whole.arrays["map"].dtype == np.float32
    assert not np.isnan(whole.arrays["map"]).any()
    for window in (0, 3):
        one = derive_from(subject, "attribution", {**options, "window": window})
        start = windows.starts[window]
        inside = one.arrays["map"][start : start + T]
        assert not np.isnan(inside).any()
        assert np.isnan(np.delete(one.arrays["map"], range(start, start + T), axis=0)).all()
        for frame in np.flatnonzero(windows.of_frame == window):
            np.testing.assert_allclose(one.arrays["map"][frame], whole.arrays["map"][frame])


def test_the_description_says_what_was_computed(subject) -> None:
    found = derive_from(subject, "attribution", {"method": "integrated_gradients", "steps": 4})
    description = found.description
    assert description["method"] == "integrated_gradients"
    assert description["title"] == "Integrated gradients"
    assert description["signed"]
    probabilities = Study.of(subject).probabilities()
    predicted = int(probabilities.mean(0).argmax())
    assert description["target"] == {"index": predicted, "name": str(predicted), "predicted": True}
    assert len(description["convergence_delta"]) == len(probabilities) == 5
    np.testing.assert_allclose(description["probability"], probabilities[:, predicted], atol=1e-5)
    assert description["options"] == {"steps": 4, "baseline": "gray"}
    assert description["baseline"] == "mid-gray"
    assert description["seconds"] > 0


def test_maps_without_a_sign_are_not_negative(subject) -> None:
    for name, method in METHODS.items():
        if not method.signed:
            assert derive_from(subject, "attribution", {"method": name}).arrays["map"].min() >= 0


def test_a_clip_shorter_than_a_window_gives_a_map_per_frame(subject) -> None:
    short = Subject(subject.model, noise(2))
    found = derive_from(short, "attribution", {"method": "grad_cam", "window": 0})
    assert found.arrays["map"].shape == (2, ROWS, COLUMNS)
    assert not np.isnan(found.arrays["map"]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "There is no method None"),
        ({"method": "tea"}, "There is no method 'tea'"),
        ({"method": ["occlusion"]}, "There is no method"),
        ({"method": "grad_cam", "steps": 3}, "Layer Grad-CAM has no option 'steps'"),
        ({"method": "occlusion", "target": 5}, "target must be a whole number from 0 to 4"),
        ({"method": "occlusion", "target": True}, "target must be a whole number"),
        ({"method": "occlusion", "target": "cat"}, "target must be a whole number"),
        ({"method": "occlusion", "window": 5}, "window must be a whole number from 0 to 4"),
        ({"method": "occlusion", "block": 0}, "block must be a whole number from 1"),
        ({"method": "occlusion", "frames": 4}, "frames must be a whole number from 1 to 3"),
        ({"method": "occlusion", "baseline": "red"}, "gray or blurred"),
        ({"method": "integrated_gradients", "steps": 1.5}, "steps must be a whole number"),
        ({"method": "attention_x_gradient", "axis": "joint"}, "all, temporal or spatial"),
        ({"method": "integrated_gradients", "steps": 32.0}, "steps must be a whole number"),
        ({"method": "attention_received", "layer": "all"}, "layer must be a whole number"),
        ({"method": "attention_received", "layer": 2}, "layer must be a whole number from 0 to 1"),
    ],
)
def test_what_there_is_not_is_refused(subject, arguments, message) -> None:
    for kind in ("attribution", "faithfulness"):
        with pytest.raises(OptionError, match=message):
            derive_from(subject, kind, arguments)


def test_a_seed_that_is_no_number_is_refused(subject) -> None:
    with pytest.raises(OptionError, match="seed must be a whole number"):
        derive_from(subject, "faithfulness", {"method": "rollout", "seed": "x"})


@pytest.mark.parametrize("kind", ["attribution", "faithfulness"])
@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "rollout"])
def test_work_reports_its_progress_and_stops_between_steps(subject, kind, method) -> None:
    shares: list[float] = []
    options = {"method": method} | ({"block": 4} if method == "occlusion" else {})
    watched = Subject(subject.model, subject.frames, lambda share, text: shares.append(share))
    derive_from(watched, kind, options)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.5 < shares[-1] <= 1
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked == 8:
            raise JobCancelled("stopped")

    with pytest.raises(JobCancelled):
        derive_from(Subject(subject.model, subject.frames, should_stop=stop), kind, options)
    assert asked == 8
    assert all(parameter.requires_grad for parameter in subject.model.parameters())


def test_agreement_by_hand() -> None:
    """Ranks 0 1 2 3 against 0 1 3 2: 1 - 6 * 2 / (4 * 15) = 0.8."""
    attention = np.array([[[1, 2], [3, 4]]] * 4, np.float16)
    attribution = np.array(
        [[[-5, 0], [9, 1]], [[4, 3], [2, 1]], [[7, 7], [7, 7]], [[np.nan, 0], [1, 2]]]
    )
    np.testing.assert_allclose(
        agreement(attention, attribution), [0.8, -1, np.nan, np.nan], atol=1e-12
    )
    with pytest.raises(ValueError, match="does not fit"):
        agreement(attention[:1], attribution)
