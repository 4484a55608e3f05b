import numpy as np
import pytest

from fixviz.analysis.attribution.faithfulness import area, compare, ranks_of, replacement_curves
from fixviz.analysis.attribution.study import Steps, Study
from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from tests.analysis.conftest import VARIANTS, build

from .conftest import COLUMNS, ROWS, OnePatchModel, T, noise

CELLS = T * ROWS * COLUMNS


def probability(logit: float) -> float:
    """Of class 1, where the other 4 logits are 0."""
    return float(np.exp(logit) / (np.exp(logit) + 4))


def ends(subject: Subject) -> tuple[float, float]:
    """Probability of class 1 for the clip and for the blurred clip."""
    study = Study.of(subject)
    soft = study.baseline(0, "blurred")[0, 1, :, 7:12, 12:17].mean()
    return probability(3), probability(3 * float(soft))


def test_deleting_the_only_patch_that_counts_drops_at_once(one_patch) -> None:
    full, empty = ends(one_patch)
    result = derive_from(one_patch, "faithfulness", {"method": "occlusion", "target": 1})
    share = result.arrays["share"]
    assert share[0] == 0
    assert share[-1] == 1
    np.testing.assert_allclose(result.arrays["deletion"], [full] + [empty] * 20, atol=1e-5)
    np.testing.assert_allclose(result.arrays["insertion"], [empty] + [full] * 20, atol=1e-5)
    first = 0.05
    expected = first * (full + empty) / 2 + (1 - first) * empty
    assert result.description["deletion"]["area"] == pytest.approx(expected, abs=1e-4)
    assert result.description["deletion"]["verdict"] == "better than random"
    assert result.description["insertion"]["verdict"] == "better than random"
    assert result.description["probability"] == pytest.approx(full, abs=1e-5)
    assert result.description["probability_blurred"] == pytest.approx(empty, abs=1e-5)
    assert not result.description["little_room"]
    assert result.description["infidelity"] is None


def test_the_mean_over_all_places_of_the_patch_is_a_straight_line(one_patch) -> None:
    """In a random order the patch is gone after k of n deletions with probability k / n."""
    full, empty = ends(one_patch)
    study = Study.of(one_patch)
    ranks = np.arange(CELLS).reshape(T, ROWS, COLUMNS)
    orders = [(ranks + shift) % CELLS for shift in range(CELLS)]
    counts = np.rint(np.linspace(0, CELLS, 21)).astype(np.int64)
    clip, soft = study.pixels(0), study.baseline(0, "blurred")
    curves = replacement_curves(study, clip, soft, orders, counts, 1, Steps(1, ""))
    share = counts / CELLS
    np.testing.assert_allclose(curves.mean(0), full + (empty - full) * share, atol=1e-5)
    assert area(share, curves).mean() == pytest.approx((full + empty) / 2, abs=1e-5)


def test_an_order_that_keeps_the_patch_for_last_is_worse_than_random(one_patch) -> None:
    study = Study.of(one_patch)
    rng = np.random.default_rng(2)
    last = ranks_of(-study.cells.total(np.ones((T, 23, 37))), rng)
    flat = last.ravel()
    place = np.ravel_multi_index(OnePatchModel.PLACE, last.shape)
    other = int(np.flatnonzero(flat == CELLS - 1)[0])
    flat[[place, other]] = flat[[other, place]]
    orders = [flat.reshape(last.shape)]
    orders += [rng.permutation(CELLS).reshape(last.shape) for _ in range(10)]
    counts = np.rint(np.linspace(0, CELLS, 21)).astype(np.int64)
    clip, soft = study.pixels(0), study.baseline(0, "blurred")
    curves = replacement_curves(study, clip, soft, orders, counts, 1, Steps(1, ""))
    found = compare(counts / CELLS, curves, lower_is_better=True)
    assert found["verdict"] == "worse than random"


def test_areas_and_verdicts_by_hand() -> None:
    share = np.array([0, 0.5, 1])
    curves = np.array([[1, 0, 0], [1, 1, 0], [1, 0.5, 0]])
    np.testing.assert_allclose(area(share, curves), [0.25, 0.75, 0.5])
    found = compare(share, curves, lower_is_better=True)
    assert found["random_mean"] == pytest.approx(0.625)
    assert found["random_deviation"] == pytest.approx(0.125 * np.sqrt(2))
    assert found["verdict"] == "better than random"
    assert compare(share, curves, lower_is_better=False)["verdict"] == "worse than random"
    between = compare(share, curves[[2, 0, 1]], lower_is_better=True)
    assert between["verdict"] == "no better than random"


def test_the_strongest_patch_goes_first_and_equal_ones_in_random_order() -> None:
    values = np.array([[0.0, 3.0, -2.0], [0.0, 0.0, 1.0]])
    found = [ranks_of(values, np.random.default_rng(seed)) for seed in range(20)]
    for ranks in found:
        assert sorted(ranks.ravel()) == list(range(6))
        assert (ranks[0, 1], ranks[1, 2], ranks[0, 2]) == (0, 1, 5)
    assert len({tuple(ranks.ravel()) for ranks in found}) > 1


def test_attributions_of_a_linear_model_foretell_the_logit_exactly(linear) -> None:
    found = derive_from(
        linear, "faithfulness", {"method": "integrated_gradients", "target": 2, "steps": 3}
    ).description["infidelity"]
    assert found["typical_error"] < 1e-4 < found["typical_fall"]
    assert found["squared"] == pytest.approx(found["typical_error"] ** 2)


def test_the_same_seed_gives_the_same_random_orders(linear) -> None:
    arguments = {"method": "occlusion", "target": 0, "block": 5, "frames": 3}
    one, two, other = (
        derive_from(linear, "faithfulness", {**arguments, "seed": seed}) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.arrays["random_deletion"], two.arrays["random_deletion"])
    assert (one.arrays["random_deletion"] != other.arrays["random_deletion"]).any()
    assert one.arrays["random_insertion"].shape == (10, 21)


def test_a_clip_that_blurring_does_not_change_leaves_no_room() -> None:
    frames = np.full((T, 23, 37, 3), 90, np.uint8)
    result = derive_from(
        Subject(OnePatchModel(), frames), "faithfulness", {"method": "occlusion", "target": 1}
    )
    assert result.description["little_room"]
    assert result.description["deletion"]["verdict"] == "no better than random"


def test_attention_is_judged_by_the_same_yardstick() -> None:
    result = derive_from(
        Subject(build(**VARIANTS["fixation"]), noise(7)),
        "faithfulness",
        {"method": "attention_received", "target": 1, "window": 2},
    )
    assert result.description["window"] == 2
    assert result.description["window_start"] == 2
    assert result.arrays["map"].shape == (T, ROWS, COLUMNS)
    assert result.arrays["deletion"][0] == pytest.approx(result.description["probability"])
