"""Simulate the analysis of a library on a cluster, event by event.

A driver hands out clips and appends their rows. A node's workers take the video from the store, decode it,
run the models, write the run, and go on with the next clip while the driver takes the rows of the one before.
Nodes join one after the other, fail, and some are slow; what a node had under way when it failed is computed
again.

Ten million clips one by one would take hours, so blocks of clips are one event, and a few servers as fast as
all cores of a node. A block takes what its clips take; of one that fails the clips that were
done by then count. `scale.py` measures what this changes where both can be done.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import simpy
from scale_cluster import Cluster, Costs

_BLOCKS: Final = 8
"""Blocks that each worker gets at least, where there are clips enough."""
_SERVERS: Final = 4
"""Servers that stand for the cores of a node where blocks are computed."""
_FEW: Final = 16
"""How many times as many clips as the first and the last blocks the others have."""
_SHORTEST: Final = 0.1
"""Least share of the mean that a clip takes."""
_Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Simulated:
    """What came of it."""

    seconds: float
    clips: int
    """Clips whose rows were appended: all."""
    again: int
    """Clips that were begun once more, since their node failed."""
    failures: int
    busy: Mapping[str, float]
    """Share of the time in which each resource was at work."""
    most_waiting: int
    """Most clips whose rows waited for the driver."""
    block: int
    """Clips of the largest block."""


def simulate(
    costs: Costs, cluster: Cluster, clips: int, *, block: int | None = None, seed: int = 0
) -> Simulated:
    """Analyze so many clips. block: most clips in one event; None chooses, 1 is exact."""
    return _Library(costs, cluster, clips, block, seed).run()


class _Library:
    def __init__(
        self, costs: Costs, cluster: Cluster, clips: int, block: int | None, seed: int
    ) -> None:
        self.costs, self.cluster, self.clips = costs, cluster, clips
        self.random = random.Random(seed)
        self.env = simpy.Environment()
        self.driver = _Server(self.env, cluster.drivers)
        self.store = _Server(self.env, 1)
        self.lock = _Server(self.env, 1)
        self.cores, self.gpus = 0.0, 0.0
        """Busy seconds of all nodes' cores and GPUs."""
        self.exact = block == 1
        self.servers = cluster.cores if self.exact else min(_SERVERS, cluster.cores)
        self.lanes = cluster.under_way
        """Blocks that a node has under way at the same time."""
        if not self.exact:
            self.lanes = max(1, round(cluster.under_way * self.servers / cluster.cores))
        self.workers = cluster.nodes * self.lanes
        self.block = block or max(1, clips // (self.workers * _BLOCKS))
        self.to_do, self.appended = clips, 0
        self.again = self.failures = self.waiting = self.most_waiting = 0
        self.changed = self.env.event()
        """Happens when clips are to be computed again, and when all are done."""
        self.finished = self.env.event()

    def run(self) -> Simulated:
        for number in range(min(self.cluster.nodes, self.clips)):
            self.env.process(self._node(number))
        self.env.run(self.finished)
        seconds = self.env.now
        nodes = self.cluster.nodes * seconds
        busy = {
            "processors": self.cores / (nodes * self.cluster.cores),
            "driver": self.driver.busy / (self.cluster.drivers * seconds),
            "store": self.store.busy / seconds,
            "lock of the store": self.lock.busy / seconds,
        }
        if self.cluster.gpus:
            busy["GPUs"] = self.gpus / (nodes * self.cluster.gpus)
        return Simulated(
            *(seconds, self.appended, self.again, self.failures, busy),
            *(self.most_waiting, self.block),
        )

    def take(self) -> int:
        """Return a number of clips to analyze next.

        Few at the beginning, so that rows come early, and few towards the end, so that all end together.
        """
        begun = self.clips - self.to_do
        share = min(begun // self.workers, self.to_do // (2 * self.workers))
        count = min(max(1, self.block // _FEW, min(self.block, share)), self.to_do)
        self.to_do -= count
        return count

    def _tell(self) -> None:
        changed, self.changed = self.changed, self.env.event()
        changed.succeed()

    def _node(self, number: int) -> _Steps:
        cluster, env = self.cluster, self.env
        slow = self.random.random() < cluster.slow_share
        node = _Node(self, cluster.slow_factor if slow else 1.0)
        yield env.timeout(cluster.boot_s + number / cluster.nodes_per_s)
        while self.appended < self.clips:
            yield env.timeout(self.costs.start_s)
            workers = [env.process(node.worker()) for _ in range(self.lanes)]
            failure = env.timeout(self.random.expovariate(1 / cluster.mtbf_s))
            yield failure | env.all_of(workers)
            if not failure.processed:
                return
            self.failures += 1
            for worker in workers:
                if worker.is_alive:
                    worker.interrupt()
            node.restart()
            yield env.timeout(cluster.repair_s)

    def give_back(self, count: int, begun: int) -> None:
        """Have clips of a node that failed computed by others; it had begun some of them."""
        self.again += begun
        self.to_do += count
        self._tell()

    def hand_out(self, count: int, begun: simpy.Event) -> _Steps:
        """Have the driver hand out clips; `begun` happens with the first of them."""
        first = self.costs.dispatch_s
        with self.driver.request() as turn:
            yield turn
            yield self.driver.works(first)
            begun.succeed()
            if count > 1:
                yield self.driver.works((count - 1) * first)

    def append(self, count: int) -> _Steps:
        """Have the driver append the rows of clips."""
        self.waiting += count
        self.most_waiting = max(self.most_waiting, self.waiting)
        with self.driver.request() as turn:
            yield turn
            yield self.driver.works(count * self.costs.append_s)
        self.waiting -= count
        self.appended += count
        if self.appended == self.clips:
            self.finished.succeed()
            self._tell()

    def scale(self, count: int) -> float:
        """Return how long a block of clips takes over the mean: the more clips, the nearer to 1."""
        spread = self.cluster.spread / math.sqrt(count)
        return max(_SHORTEST, self.random.gauss(1.0, spread))


class _Server(simpy.Resource):
    """Serve one at a time, or as many as its capacity, and count how long it works."""

    def __init__(self, env: simpy.Environment, capacity: int) -> None:
        super().__init__(env, capacity)
        self.busy = 0.0

    def works(self, seconds: float) -> simpy.Timeout:
        self.busy += seconds
        return self._env.timeout(seconds)


class _Node:
    """One node: cores, GPUs and a network that its workers share."""

    def __init__(self, library: _Library, factor: float) -> None:
        self._library, self._factor = library, factor
        self.restart()

    def restart(self) -> None:
        """Make all resources free, as those of a new node are."""
        env, cluster, exact = self._library.env, self._library.cluster, self._library.exact
        servers = self._library.servers
        self._cores = _Server(env, servers)
        self._gpus = _Server(env, max(1, cluster.gpus) if exact else 1)
        self._speeds = (cluster.cores / servers, 1 if exact else max(1, cluster.gpus))
        self._link = _Server(env, 1)

    def worker(self) -> _Steps:
        """Analyze blocks of clips until all are done."""
        library = self._library
        while library.appended < library.clips:
            if not library.to_do:
                try:
                    yield library.changed
                except simpy.Interrupt:
                    return
                continue
            count = library.take()
            block = _Block(count)
            try:
                yield from self._analyze(block)
            except simpy.Interrupt:
                begun = min(count, max(1, library.cluster.under_way // library.lanes))
                # Those that it had begun were half done, in the middle.
                done = min(count - begun, max(0, int(count * block.done - begun / 2)))
                library.give_back(count - done, begun)
                if done:
                    library.env.process(library.append(done))
                return
            library.env.process(library.append(count))

    def _analyze(self, block: _Block) -> _Steps:
        library, count = self._library, block.count
        costs, cluster, env = library.costs, library.cluster, library.env
        scale = self._factor * library.scale(count)
        begun = env.event()
        env.process(library.hand_out(count, begun))
        yield begun
        yield from self._hold(library.store, count * cluster.store.read_s(costs))
        yield from self._hold(self._link, count * costs.read_bytes / cluster.link_bytes_per_s)
        total = count * (costs.core_s + costs.gpu_s) * scale
        yield from self._compute(block, self._cores, count * costs.decode_s * scale, total)
        yield from self._compute(block, self._gpus, count * costs.gpu_s * scale, total)
        rest = costs.model_s + costs.store_s + costs.rows_s
        yield from self._compute(block, self._cores, count * rest * scale, total)
        written = costs.write_bytes + costs.rows_bytes
        at_once = cluster.under_way / library.lanes
        yield env.timeout(count * cluster.store.wait_s(costs) / at_once)
        yield from self._hold(self._link, count * written / cluster.link_bytes_per_s)
        yield from self._hold(library.store, count * cluster.store.write_s(costs))
        yield from self._hold(library.lock, count * cluster.store.lock_s)

    def _hold(self, server: _Server, seconds: float) -> _Steps:
        if seconds:
            with server.request() as turn:
                yield turn
                yield server.works(seconds)

    def _compute(self, block: _Block, server: _Server, seconds: float, total: float) -> _Steps:
        """Compute for so many of the block's `total` seconds, and note how much of it is done."""
        if not seconds:
            return
        library = self._library
        speed = self._speeds[server is self._gpus]
        with server.request() as turn:
            yield turn
            began = library.env.now
            try:
                yield library.env.timeout(seconds / speed)
            finally:
                took = (library.env.now - began) * speed
                block.done += took / total
                if server is self._gpus:
                    library.gpus += took
                else:
                    library.cores += took


@dataclass
class _Block:
    """Clips under way together."""

    count: int
    done: float = 0.0
    """Share of the computing that is done."""
