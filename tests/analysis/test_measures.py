import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fixviz.analysis.measure_table import ROW_MEASURES
from fixviz.analysis.measures import METRICS, concentration_measures, lorenz_curve


def measure(weights: Any, kind: Any = np.float32) -> dict[str, float]:
    values = concentration_measures(np.array([weights], dtype=kind))[0]
    return dict(zip(METRICS, values.tolist(), strict=True))


@pytest.mark.parametrize("keys", [7, 20, 108])
def test_the_table_says_what_uniform_attention_gives(keys: int) -> None:
    found, single = measure([1 / keys] * keys, float), measure(np.eye(keys)[0], float)
    for row in ROW_MEASURES:
        assert row.uniform is not None
        level = row.uniform.value(keys)
        assert found[row.name] == pytest.approx(level, abs=1e-5)
        # A single key is the other end.
        assert (row.higher == "fewer keys") == (single[row.name] > level)


def test_uniform_attention_is_not_concentrated_at_all() -> None:
    found = measure([1 / 20] * 20)
    assert found == pytest.approx(
        {
            "entropy": math.log(20),
            "normalized_entropy": 1,
            "concentration": 0,
            "effective_support": 20,
            "top10_mass": 0.1,
            "gini": 0,
        },
        abs=1e-5,
    )


def test_attention_on_one_key_is_fully_concentrated() -> None:
    found = measure([0, 0, 1, 0, 0])
    assert found == pytest.approx(
        {
            "entropy": 0,
            "normalized_entropy": 0,
            "concentration": 1,
            "effective_support": 1,
            "top10_mass": 1,
            "gini": 0.8,
        },
        abs=1e-6,
    )


def test_a_row_computed_by_hand() -> None:
    found = measure([0.5, 0.25, 0.25, 0.0])
    assert found["entropy"] == pytest.approx(1.5 * math.log(2))
    assert found["effective_support"] == pytest.approx(2**1.5)
    assert found["gini"] == pytest.approx(0.375)
    assert found["top10_mass"] == pytest.approx(0.5)


def test_one_key_has_no_normalized_entropy() -> None:
    found = measure([1.0])
    assert math.isnan(found["concentration"])
    assert math.isnan(found["normalized_entropy"])
    assert found["effective_support"] == 1


def test_a_row_without_weights_gives_nan_everywhere() -> None:
    assert all(math.isnan(value) for value in measure([math.nan] * 5).values())


def test_lorenz_curve_starts_at_zero_and_ends_at_one() -> None:
    curve = lorenz_curve(np.array([0.5, 0.2, 0.3]))
    assert curve == pytest.approx([0, 0.2, 0.5, 1])


@given(
    weights=hnp.arrays(np.float64, st.tuples(st.integers(2, 30)), elements=st.floats(1e-6, 1)),
)
def test_measures_stay_in_their_ranges_and_ignore_the_order_of_keys(weights) -> None:
    weights = weights / weights.sum()
    found = measure(weights, float)
    h, normalized, concentration = (
        found[name] for name in ("entropy", "normalized_entropy", "concentration")
    )
    support, top, gini = (found[k] for k in ("effective_support", "top10_mass", "gini"))
    n = len(weights)
    eps = 1e-4
    assert -eps <= h <= math.log(n) + eps
    assert -eps <= concentration <= 1 + eps
    assert normalized + concentration == pytest.approx(1, abs=1e-5)
    assert 1 - eps <= support <= n + eps * n
    assert math.ceil(0.1 * n) / n - eps <= top <= 1 + eps
    assert -eps <= gini <= (n - 1) / n + eps
    assert measure(weights[::-1], float) == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_rounded_weights_do_not_leave_the_ranges(kind: Any) -> None:
    found = {"entropy": 0, "top mass": 0}
    for n in range(2, 200):
        uniform = np.full(n, 1 / n, kind)
        # Weights whose sum is rounded upward, as a softmax may give them.
        heavy = np.append(np.zeros(n - 1), np.nextafter(kind(1), kind(2))).astype(kind)
        for weights in (uniform, heavy, np.nextafter(uniform, kind(1))):
            of = dict(zip(METRICS, concentration_measures(weights), strict=True))
            assert 0 <= of["entropy"] <= np.float32(math.log(n))
            assert 1 <= of["effective_support"] <= n
            assert 0 <= of["gini"] <= np.float32((n - 1) / n)
            for row in ROW_MEASURES:
                if row.span is not None:
                    assert row.span[0] <= of[row.name] <= row.span[1], row.name
            assert lorenz_curve(weights).max() <= 1
            some = weights[weights > 0]
            found["entropy"] += -(some * np.log(some)).sum() > math.log(n)
            found["top mass"] += some.sum() > 1
    assert min(found.values()) > 10, "the plain sums do leave them"
