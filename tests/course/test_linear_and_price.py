"""Known answers of the numbers that the lessons on linear attention and its price name."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixviz.course import shipped
from fixviz.course.numbers import linear
from fixviz.course_pack.pack import open_world
from fixviz.course_pack.price import HAND_ROW, make
from fixviz.reading.run import StoredRun


def test_multiplications_of_both_orders() -> None:
    entry = {"grid": {"rows": 3, "columns": 5}, "config": {"dim": 28}, "heads": 4}
    run = cast(StoredRun, SimpleNamespace(model={"linear": entry}.__getitem__))
    found = linear.numbers(run)
    # N = 15, d = 7
    assert found["run.order.first"] == 2 * 15 * 15 * 7 == 3150
    assert found["run.order.second"] == 2 * 15 * 7 * 7 == 1470
    assert found["run.order.share"] == pytest.approx(1470 / 3150)
    assert found["run.order.second_half"] == 735
    assert found["run.order.second_cells"] == 49 + 105
    assert found["run.phi.floor"] == pytest.approx(1 / math.sqrt(7))
    assert found["run.phi.unclipped"] == pytest.approx(1 / math.sqrt(7) - 1)


@pytest.fixture(scope="module")
def made() -> Any:
    return make(open_world(shipped.folder()))


def test_measures_of_the_row_to_compute_by_hand(made: Any) -> None:
    numbers = made.numbers
    assert sum(HAND_ROW) == 1
    # 1/2 ln 2 + 1/4 ln 4 + 2/8 ln 8 = 1.75 ln 2
    assert numbers["world.hand.entropy"] == pytest.approx(1.75 * math.log(2))
    assert numbers["world.hand.bits"] == pytest.approx(1.75)
    assert numbers["world.hand.support"] == pytest.approx(2**1.75)
    assert numbers["world.hand.concentration"] == pytest.approx(1 / 8)
    assert numbers["world.hand.normalized"] == pytest.approx(7 / 8)
    assert numbers["world.hand.unweighted"] == pytest.approx(9 * math.log(2))
    assert made.data == {"hand": {"row": [0.5, 0.25, 0.125, 0.125]}}


def test_patches_of_the_measured_clips(made: Any) -> None:
    # 64 pixels and a patch every 8: 9 rows and 9 columns.
    assert made.numbers["world.price.patches"] == 81
