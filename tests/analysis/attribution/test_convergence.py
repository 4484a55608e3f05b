"""Steps of integrated gradients on a model whose integrals are known on paper."""

import numpy as np
import pytest
import torch
from torch import Tensor

from fixviz.analysis.attribution.convergence import convergences, mark, relative_delta, worst
from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from

from .conftest import CLASSES, COLUMNS, ROWS, Hand, T, noise

IG = {"method": "integrated_gradients", "target": 1}


class Kink(Hand):
    """The logit of class 1 is slope x max(0, mean brightness - threshold): it bends on the way."""

    def __init__(self, threshold: float, slope: float = 2) -> None:
        super().__init__()
        self.threshold, self.slope = threshold, slope

    def classify(self, tokens: Tensor) -> Tensor:
        logits = tokens.new_zeros(len(tokens), CLASSES)
        logits[:, 1] = self.slope * torch.relu(tokens.mean((1, 2, 3, 4)) - self.threshold)
        return logits


@pytest.fixture
def white() -> np.ndarray:
    """White is 1 after normalization and mid-gray 0, so the way of the mean is 0 to 1."""
    return np.full_like(noise(), 255)


def delta_by_hand(threshold: float, steps: int) -> tuple[float, float]:
    """Delta and difference: 2 x (weight of the nodes beyond the threshold), less 2 (1 - threshold)."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    integral = 2 * weights[(1 + nodes) / 2 > threshold].sum() / 2
    return integral - 2 * (1 - threshold), 2 * (1 - threshold)


@pytest.mark.parametrize(
    ("threshold", "taken"), [(0.3, 32), (0.9, 64), (0.9201, 128), (0.9948, 512)]
)
def test_steps_double_until_the_delta_is_below_five_percent(white, threshold, taken) -> None:
    tries = [n for n in (32, 64, 128, 256, 512) if n <= taken]
    by_hand = {n: relative_delta(*delta_by_hand(threshold, n)) for n in tries}
    assert all(by_hand[n] >= 0.05 for n in tries[:-1]), by_hand
    assert by_hand[taken] < 0.05
    found = derive_from(Subject(Kink(threshold), white), "attribution", IG).description
    assert found["steps"] == [taken]
    delta, difference = delta_by_hand(threshold, taken)
    assert found["convergence_delta"][0] == pytest.approx(delta, abs=2e-4)
    assert found["difference"][0] == pytest.approx(difference, abs=1e-4)
    assert found["relative_delta"][0] == pytest.approx(by_hand[taken], abs=0.02)
    assert found["options"]["steps"] == "auto"
    assert mark(found) is None


def test_a_map_that_does_not_converge_stops_at_the_limit_and_is_marked(white) -> None:
    """The last of 512 nodes, at 1 - 5.5e-6, lies before the bend: no gradient is ever seen."""
    shares: list[float] = []
    model = Kink(1 - 3e-6, slope=1e5)
    subject = Subject(model, white, lambda share, text: shares.append(share))
    found = derive_from(subject, "attribution", IG)
    assert not found.arrays["map"].any()
    assert found.description["steps"] == [512]
    assert found.description["difference"][0] == pytest.approx(0.3, abs=0.03)
    assert found.description["relative_delta"] == [1.0]
    assert mark(found.description) == (
        "Not converged: the patches' numbers miss the change of the logit by 100 % after 512 steps; "
        "it should be less than 5 %."
    )
    assert shares == sorted(shares), "more steps than planned do not turn the progress back"
    judged = derive_from(subject, "faithfulness", IG).description
    assert (judged["steps"], judged["relative_delta"]) == (512, 1.0)
    fixed = derive_from(subject, "attribution", IG | {"steps": 8}).description
    assert fixed["steps"] == [8], "a number of steps is taken as it is"
    assert mark(fixed) is not None


def test_relative_delta_by_hand() -> None:
    assert relative_delta(-0.1, 4.0) == 0.025
    assert relative_delta(0.1, -0.5) == 0.2
    assert relative_delta(1e-4, 1e-7) == pytest.approx(0.01), "less than 0.01 logits count as 0.01"


def test_a_mark_counts_the_windows_that_have_not_converged() -> None:
    several = {
        "convergence_delta": [0.01, -0.4, 0.2],
        "difference": [1.0, 2.0, 2.0],
        "steps": [32, 512, 512],
        "options": {"steps": "auto"},
    }
    assert mark(several) == (
        "Not converged in 2 of 3 windows: the patches' numbers miss the change of the logit by up to "
        "20 % after 512 steps; it should be less than 5 %."
    )
    assert worst(several) == convergences(several)[1]
    close = {**several, "convergence_delta": [0.0499, 0.0992, 0.0]}
    assert mark(close) is None
    assert mark({**several, "convergence_delta": [0.05, 0.0, 0.0]}) is not None, "5 % is not below"
    assert "4.96 %" in worst({**several, "convergence_delta": [0.0, 0.0992, 0.0]}).summary
    assert mark({"convergence_delta": None, "options": {"baseline": "gray"}}) is None


def test_occlusion_says_nothing_of_convergence() -> None:
    found = derive_from(
        Subject(Kink(0.2), noise()), "attribution", {"method": "occlusion", "block": 8}
    )
    assert found.arrays["map"].shape == (T, ROWS, COLUMNS)
    names = ("steps", "relative_delta", "convergence_delta", "difference")
    assert [found.description[name] for name in names] == [None] * 4
