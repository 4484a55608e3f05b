"""Say on paper how long a library takes: the narrowest resource decides.

    seconds = ready + clips / rate + the last clip,  rate = least of what each resource gives in clips/s

A node that fails is away for a while, and its clips under way are computed again. As long as nodes join one
after the other, the work done grows with the square of the time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scale_cluster import Cluster, Costs


@dataclass(frozen=True)
class Estimate:
    """How long, and why."""

    seconds: float
    rates: Mapping[str, float]
    """Clips per second that each resource gives when all nodes are there."""

    @property
    def narrowest(self) -> str:
        """The resource that decides."""
        return min(self.rates, key=lambda name: self.rates[name])

    @property
    def rate(self) -> float:
        """Clips per second when all nodes are there."""
        return self.rates[self.narrowest]


def of_a_node(costs: Costs, cluster: Cluster) -> dict[str, float]:
    """Return clips per second that each resource of one node gives, failures and slow nodes counted in."""
    lost_s = cluster.repair_s + costs.start_s + one_clip_s(costs, cluster) / 2
    there = cluster.speed * cluster.mtbf_s / (cluster.mtbf_s + lost_s)
    waits_s = one_clip_s(costs, cluster)
    bytes_of_clip = costs.read_bytes + costs.write_bytes + costs.rows_bytes
    rates = {
        "processors": there * cluster.cores / costs.core_s,
        "clips under way": there * cluster.under_way / waits_s,
        "network of a node": cluster.link_bytes_per_s / bytes_of_clip,
    }
    if costs.gpu_s:
        rates["GPUs"] = there * cluster.gpus / costs.gpu_s
    return rates


def of_all(costs: Costs, cluster: Cluster) -> dict[str, float]:
    """Return clips per second that each resource gives which all nodes share."""
    store = cluster.store
    rates = {
        "driver": cluster.drivers / costs.driver_s,
        "network of the driver": cluster.drivers * cluster.link_bytes_per_s / costs.rows_bytes,
        "store, reading": _inverse(store.read_s(costs)),
        "store, bytes": store.write_bytes_per_s / costs.write_bytes,
        "store, requests": store.requests_per_s / costs.requests,
    }
    if store.lock_s:
        rates["lock of the store"] = 1 / store.lock_s
    return rates


def one_clip_s(costs: Costs, cluster: Cluster) -> float:
    """Return how long one clip takes that has everything to itself, without the driver."""
    store = cluster.store
    moved = (costs.read_bytes + costs.write_bytes) / cluster.link_bytes_per_s
    at_store = store.read_s(costs) + store.write_s(costs)
    return costs.core_s + costs.gpu_s + store.wait_s(costs) + max(moved, at_store) + store.lock_s


def estimate(costs: Costs, cluster: Cluster, clips: int) -> Estimate:
    """Return how long so many clips take."""
    node, shared = of_a_node(costs, cluster), of_all(costs, cluster)
    own, most = min(node.values()), min(shared.values())
    # The first node's first clips are under way when the others come; the last clip of all comes to itself.
    left = max(0, clips - cluster.cores)
    by_nodes = _while_joining(left, own, cluster.nodes, cluster.nodes_per_s)
    ready = cluster.boot_s + costs.start_s
    slowest = cluster.slow_factor if cluster.nodes * cluster.slow_share >= 1 else 1.0
    last = one_clip_s(costs, cluster) * slowest + costs.driver_s
    seconds = ready + max(by_nodes, left / most) + last
    return Estimate(seconds, {name: rate * cluster.nodes for name, rate in node.items()} | shared)


def _while_joining(clips: float, own: float, nodes: int, nodes_per_s: float) -> float:
    """Return how long nodes take for clips that join one after the other. own: clips/s of one."""
    all_there = nodes / nodes_per_s
    if clips <= own * nodes * all_there / 2:
        return math.sqrt(2 * clips / (own * nodes_per_s))
    return clips / (own * nodes) + all_there / 2


def _inverse(seconds: float) -> float:
    return 1 / seconds if seconds else math.inf
