"""What a library costs on a cluster: the formula, the simulation, and that both say the same."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("simpy")
ROOT = Path(__file__).parents[2]
MODULES = ("scale_cluster", "scale_paper", "scale_simulation", "scale_designs", "scale_measure")


@pytest.fixture(scope="module")
def scale() -> Iterator[SimpleNamespace]:
    """The scripts, which find their neighbors as they do when they are run."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    found = {name.removeprefix("scale_"): importlib.import_module(name) for name in MODULES}
    yield SimpleNamespace(**found)
    for name in (*MODULES, "many_clips"):
        sys.modules.pop(name)
    sys.path.remove(folder)


@pytest.fixture
def costs(scale: SimpleNamespace) -> Any:
    """A clip of 2 s of a core, 0.01 s of the driver, 3 MB read and 5 MB written in 70 files."""
    return scale.cluster.Costs(
        **{"decode_s": 0.3, "model_s": 1.5, "store_s": 0.1, "rows_s": 0.1},
        **{"dispatch_s": 0.002, "append_s": 0.008, "read_bytes": 3e6, "write_bytes": 5e6},
        **{"requests": 70, "rows_bytes": 2e5, "start_s": 4.0},
    )


def steady(scale: SimpleNamespace, nodes: int, store: Any = None, **changes: Any) -> Any:
    """A cluster on which nothing fails, waits or varies, unless told otherwise."""
    store = store or scale.cluster.Store("fast", 1e12, 1e12, 1e9, 0.0, 1)
    fixed = {"spread": 0.0, "slow_share": 0.0, "mtbf_s": 1e12, "boot_s": 0.0, "nodes_per_s": 1e6}
    return scale.cluster.Cluster(nodes, store, **{"cores": 2, **fixed, **changes})


def test_one_core_takes_the_clips_one_after_the_other(scale: SimpleNamespace, costs: Any) -> None:
    cluster = steady(scale, 1, cores=1)
    expected = 4.0 + 11 * 2.0
    assert scale.paper.estimate(costs, cluster, 11).seconds == pytest.approx(expected, rel=0.01)
    found = scale.simulation.simulate(costs, cluster, 11, block=1)
    assert found.seconds == pytest.approx(expected, rel=0.01)
    assert found.busy["processors"] == pytest.approx(22 / expected, rel=0.01)
    assert (found.clips, found.again, found.failures) == (11, 0, 0)


def test_while_a_gpu_computes_the_cores_decode_the_next_clip(
    scale: SimpleNamespace, costs: Any
) -> None:
    """Each clip takes a second of the GPU; what the cores do meanwhile takes no time of its own."""
    costs = replace(costs, model_s=0.2, gpu_s=1.0)
    cluster = steady(scale, 1, gpus=1)
    found = scale.simulation.simulate(costs, cluster, 60, block=1)
    assert 4.0 + 60 < found.seconds < 4.0 + 60 + 1.5
    assert scale.paper.estimate(costs, cluster, 60).narrowest == "GPUs"


CASES: dict[str, dict[str, Any]] = {
    "processors": {},
    "GPUs": {"costs": {"model_s": 0.2, "gpu_s": 1.7}, "cluster": {"gpus": 1}},
    "driver": {"costs": {"append_s": 0.4}},
    "store, bytes": {"store": {"write_bytes_per_s": 2e7}},
    "store, reading": {"store": {"read_bytes_per_s": 1e7}},
    "store, requests": {"store": {"requests_per_s": 200.0}},
    "lock of the store": {"store": {"lock_s": 0.4}},
    "network of a node": {"cluster": {"link_bytes_per_s": 5e6}},
    "clips under way": {"store": {"latency_s": 0.2}},
}


@pytest.mark.parametrize("narrowest", CASES)
@pytest.mark.parametrize("block", [1, None])
def test_formula_and_simulation_agree_whatever_decides(
    scale: SimpleNamespace, costs: Any, narrowest: str, block: int | None
) -> None:
    case = CASES[narrowest]
    fast = scale.cluster.Store("fast", 1e12, 1e12, 1e9, 0.0, 1)
    store = replace(fast, **case.get("store", {}))
    cluster = steady(scale, 5, store, **case.get("cluster", {}))
    costs = replace(costs, **case.get("costs", {}))
    paper = scale.paper.estimate(costs, cluster, 2000)
    assert paper.narrowest == narrowest
    found = scale.simulation.simulate(costs, cluster, 2000, block=block)
    assert found.clips == 2000
    assert found.seconds == pytest.approx(paper.seconds, rel=0.04)


def test_nodes_that_join_one_after_the_other_give_less(scale: SimpleNamespace, costs: Any) -> None:
    cluster = steady(scale, 30, nodes_per_s=0.1, boot_s=50.0)
    for clips in (500, 20_000):
        paper = scale.paper.estimate(costs, cluster, clips)
        found = scale.simulation.simulate(costs, cluster, clips)
        assert found.seconds == pytest.approx(paper.seconds, rel=0.05), clips


def test_failures_cost_time_and_no_clip(scale: SimpleNamespace, costs: Any) -> None:
    """Nodes fail every ten minutes: each has its rows once, and a node loses what it had under way."""
    calm = steady(scale, 20)
    cluster = replace(calm, mtbf_s=600.0, repair_s=100.0)
    clips = 20_000
    found = scale.simulation.simulate(costs, cluster, clips)
    assert found.failures > 10
    assert found.clips == clips
    assert 0 < found.again <= found.failures * cluster.under_way
    paper = scale.paper.estimate(costs, cluster, clips)
    assert found.seconds == pytest.approx(paper.seconds, rel=0.05)
    assert found.seconds > 1.1 * scale.simulation.simulate(costs, calm, clips).seconds


def test_blocks_of_clips_take_what_single_clips_take(scale: SimpleNamespace, costs: Any) -> None:
    cluster = replace(
        steady(scale, 7, scale.cluster.object_store()),
        **{"spread": 0.5, "slow_share": 0.2, "mtbf_s": 2000.0},
    )
    exact = scale.simulation.simulate(costs, cluster, 5000, block=1, seed=3)
    blocks = scale.simulation.simulate(costs, cluster, 5000, seed=3)
    assert blocks.block > 5
    assert blocks.seconds == pytest.approx(exact.seconds, rel=0.03)


def test_the_same_seed_gives_the_same(scale: SimpleNamespace, costs: Any) -> None:
    cluster = scale.cluster.Cluster(9, scale.cluster.file_server(0.01), 2, mtbf_s=500.0)
    first, second, other = (
        scale.simulation.simulate(costs, cluster, 900, seed=seed) for seed in (1, 1, 2)
    )
    assert first == second != other


def test_a_slow_driver_leaves_rows_waiting(scale: SimpleNamespace, costs: Any) -> None:
    found = scale.simulation.simulate(replace(costs, append_s=0.4), steady(scale, 5), 1000)
    assert found.busy["driver"] > 0.95
    assert found.most_waiting > 50


def test_a_share_of_what_a_larger_network_takes_on_a_gpu(scale: SimpleNamespace) -> None:
    rows = [
        {"variant": "linear", "how": how, "precision": "bf16", "batch": batch, "median_ms": ms}
        for how, batch, ms in (("traced", 1, 12.0), ("eager", 1, 5.0), ("traced", 8, 70.0))
    ]
    gpu = {"about": {"config": {"depth": 12}}, "clip": rows}
    assert scale.measure.derived_gpu(gpu, windows=7, depth=3) == {"linear": pytest.approx(0.021)}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    path = ROOT / "docs/scale.json"
    if not path.exists():
        pytest.skip("not measured yet, as the page says")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_the_published_figures_are_those_of_the_formula(
    scale: SimpleNamespace, results: dict[str, Any]
) -> None:
    """What the file says on paper follows from what it says was measured."""
    designs = {design.name: design for design in scale.designs.designs(results)}
    for row in results["simulated"]:
        design = designs[row["design"]]
        paper = scale.paper.estimate(design.costs, design.on(row["nodes"]), row["clips"])
        assert row["paper_s"] == pytest.approx(paper.seconds)
        assert row["narrowest"] == paper.narrowest
        assert row["seconds"] == pytest.approx(row["paper_s"], rel=0.05)
    assert {row["clips"] for row in results["simulated"]} == {10**k for k in range(3, 8)}


def test_the_figure_of_the_page_is_drawn_from_the_figures(results: dict[str, Any]) -> None:
    page = runpy.run_path(str(ROOT / "docs/scale_page.py"))
    drawn = page["figure"](results)
    assert (ROOT / "docs/images/scale.svg").read_text("utf-8") == drawn, "python docs/generate.py"


@pytest.mark.slow
def test_a_node_is_measured(scale: SimpleNamespace) -> None:
    found = scale.measure.measure(2, seconds=0.5, repeats=1, most=100)
    node = found["node"]
    assert set(node["models"]) == {"softmax", "linear", "fixation"}
    assert sum(node["models"].values()) + node["shared_s"] > 0
    assert node["run_files"] > 10
    assert node["run_bytes"] > 10_000
    assert node["rows"]["bytes"] > 1000
    assert node["driver_bytes"] > 500
    assert found["tables"][0]["clips"] == found["handles"][0]["handles"] == 100
