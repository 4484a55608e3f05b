"""Describe what a clip costs, and the machines that a library is analyzed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOUR: Final = 3600.0
_GB: Final = 10**9


@dataclass(frozen=True)
class Costs:
    """What one clip takes. Seconds are of one processor core unless said otherwise."""

    decode_s: float
    model_s: float
    """Models, maps and measures, motion, pictures; on a GPU what is left to the processor."""
    store_s: float
    """Compressing and writing the run."""
    rows_s: float
    """Making the run's rows on the node; 0 where the driver makes them."""
    dispatch_s: float
    """Of the driver: look the clip up and hand it out."""
    append_s: float
    """Of the driver: take the rows and append them."""
    read_bytes: float
    """Of the video."""
    write_bytes: float
    """Of the run."""
    requests: float
    """Files written."""
    rows_bytes: float
    """Rows as they go to the driver."""
    start_s: float
    """Start of a model worker until it can compute."""
    gpu_s: float = 0.0
    """Of a GPU."""

    @property
    def core_s(self) -> float:
        """Seconds of a node's core."""
        return self.decode_s + self.model_s + self.store_s + self.rows_s

    @property
    def driver_s(self) -> float:
        """Seconds of the driver."""
        return self.dispatch_s + self.append_s


@dataclass(frozen=True)
class Store:
    """A store that all nodes share."""

    name: str
    read_bytes_per_s: float
    write_bytes_per_s: float
    requests_per_s: float
    latency_s: float
    """Of one request."""
    parallel: int
    """Requests that a worker has under way at the same time."""
    lock_s: float = 0.0
    """How long a run keeps a lock that only one worker at a time can hold; 0 without a lock."""

    def wait_s(self, costs: Costs) -> float:
        """Return how long a worker waits for its requests, however many others there are."""
        return (costs.requests / self.parallel + 1) * self.latency_s

    def read_s(self, costs: Costs) -> float:
        """Return how long the store is at work on the video of a clip."""
        return costs.read_bytes / self.read_bytes_per_s

    def write_s(self, costs: Costs) -> float:
        """Return how long the store is at work on the run of a clip."""
        return max(costs.write_bytes / self.write_bytes_per_s, costs.requests / self.requests_per_s)


@dataclass(frozen=True)
class Cluster:
    """Nodes, their store, and what goes wrong."""

    nodes: int
    store: Store
    cores: int
    gpus: int = 0
    workers: int = 0
    """Clips that a node has under way at the same time; 0: twice its cores, so that none waits for the
    store."""
    drivers: int = 1
    """Processes that hand out clips and append rows, each to its own data set."""
    link_bytes_per_s: float = 10 * _GB / 8
    """Of a node's network: 10 Gbit/s."""
    boot_s: float = 120.0
    """From the order to a node that runs."""
    nodes_per_s: float = 10.0
    """Nodes that join in a second."""
    mtbf_s: float = 6334 * HOUR
    """Mean time between failures of a node; see `SOURCES`."""
    repair_s: float = 300.0
    """Until another node takes its place, without the start of its workers."""
    spread: float = 0.3
    """Standard deviation of a clip's time over its mean."""
    slow_share: float = 0.02
    """Share of nodes that are slow."""
    slow_factor: float = 2.0
    """How many times as long they take."""

    @property
    def under_way(self) -> int:
        """Clips that a node has under way at the same time."""
        return self.workers or 2 * self.cores

    @property
    def speed(self) -> float:
        """Mean speed of the nodes."""
        return 1 - self.slow_share + self.slow_share / self.slow_factor


SOURCES: Final = {
    "S3": (
        "at least 3,500 PUT and 5,500 GET requests per second per partitioned prefix, 100 to 200 ms a "
        "request",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html",
    ),
    "EFS": (
        "a regional file system with elastic throughput: about 1 ms to read and 2.7 ms to write, 1 to "
        "5 GiB/s of writing, 20 to 60 GiB/s of reading",
        "https://docs.aws.amazon.com/efs/latest/ug/performance.html",
    ),
    "failures": (
        "419 unexpected interruptions in 54 days of 16,384 GPUs, 8 in a node: one in 6,334 hours of a node",
        "https://arxiv.org/abs/2407.21783",
    ),
}
"""Published figures, and where they stand."""

S3_PUTS, S3_LATENCY_S = 3500.0, 0.15
EFS_WRITE_S = 0.0027
_EFS_WRITE, _EFS_READ = 1 * 2**30, 20 * 2**30


def file_server(lock_s: float) -> Store:
    """Return one file server (NFS) on a link of 10 Gbit/s. lock_s: how long a run keeps the home's lock."""
    link = 10 * _GB / 8
    return Store("one file server", link, link, 25_000.0, 0.001, 2, lock_s)


def elastic_files(lock_s: float) -> Store:
    """Return a managed shared file system as published (the least of each range)."""
    return Store("elastic file system", _EFS_READ, _EFS_WRITE, 500_000.0, EFS_WRITE_S, 2, lock_s)


def object_store(prefixes: int = 1) -> Store:
    """Return an S3 bucket whose keys lie in so many partitions; its bytes are not limited here."""
    return Store(
        f"S3, {prefixes} partition{'s' * (prefixes > 1)}",
        float("inf"),
        float("inf"),
        S3_PUTS * prefixes,
        S3_LATENCY_S,
        32,
    )
