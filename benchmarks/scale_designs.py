"""Divide the measured work of a clip between driver, nodes and store, in the ways that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scale_cluster import (
    EFS_WRITE_S,
    Cluster,
    Costs,
    Store,
    elastic_files,
    file_server,
    object_store,
)

CORES: Final = 8
GPU_CORES: Final = 16
VIDEO: Final = "640x360"
"""Width and height of the videos of the library."""
MANY: Final = 16
"""Drivers, and partitions of a bucket, where there are several."""
_OBJECTS: Final = 3.0
"""Objects that a run takes in a bucket: itself, its handle, and what names the handle of an owner."""
_FILE_SERVER_S: Final = 0.001
"""What one operation on a file server in the same building takes."""


@dataclass(frozen=True)
class Design:
    """One way to do it."""

    name: str
    about: str
    costs: Costs
    store: Store
    drivers: int = 1
    gpus: int = 0
    simulated: bool = True
    """Whether it is simulated, too, or on paper alone."""

    def on(self, nodes: int) -> Cluster:
        """Return the cluster with so many nodes."""
        cores = GPU_CORES if self.gpus else CORES
        return Cluster(nodes, self.store, cores, self.gpus, drivers=self.drivers)


def designs(measured: Mapping[str, Any]) -> list[Design]:
    """Return the designs, from what `scale_measure` measured."""
    node, rows = measured["node"], measured["node"]["rows"]
    size = node["decode"][VIDEO]
    hash_s = size["bytes"] / node["lookup"]["hash_bytes_per_s"]
    table_s = measured["tables"][-1]["seconds"]
    models_s = sum(node["models"].values())
    base = Costs(
        decode_s=size["seconds"],
        model_s=models_s + node["shared_s"],
        store_s=node["store_s"],
        rows_s=0.0,
        dispatch_s=node["lookup"]["seconds"] + hash_s,
        append_s=node["claim_s"] + rows["make_s"] + rows["append_s"] + table_s,
        read_bytes=size["bytes"],
        write_bytes=node["run_bytes"],
        requests=node["run_files"],
        rows_bytes=rows["bytes"],
        start_s=node["worker"]["start_core_s"],
    )
    by_nodes = replace(
        base,
        decode_s=base.decode_s + hash_s + node["lookup"]["seconds"],
        rows_s=node["claim_s"] + rows["make_s"],
        dispatch_s=measured["ray"]["call_s"],
        append_s=rows["append_s"] + table_s,
    )
    in_bucket = replace(by_nodes, requests=_OBJECTS)
    on_gpu = replace(
        in_bucket, model_s=node["shared_s"], gpu_s=sum(measured["gpu"]["seconds"].values())
    )
    rows_alone = replace(by_nodes, store_s=0.0, write_bytes=rows["bytes"], requests=1.0)
    moves = node["run_files"]
    return [
        Design(
            "one home",
            "what `fixviz analyze` does on one machine, with its home on a file server: the driver looks "
            "clips up, takes each run into its hands, reads it and makes its rows; one run at a time is "
            "moved into the home",
            base,
            file_server(node["lock_s"] + moves * _FILE_SERVER_S),
        ),
        Design(
            "rows by the nodes",
            "each node hashes its clips and makes their rows; the driver hands out clips and appends rows; "
            "an elastic file system",
            by_nodes,
            elastic_files(node["lock_s"] + moves * EFS_WRITE_S),
        ),
        Design(
            "S3",
            "the same with a bucket, which needs no lock: a run is one object",
            in_bucket,
            object_store(),
            simulated=False,
        ),
        Design(
            f"S3, {MANY} data sets",
            f"{MANY} drivers, each with its data set and its part of the clips; keys in {MANY} partitions",
            in_bucket,
            object_store(MANY),
            drivers=MANY,
        ),
        Design(
            f"S3, {MANY} data sets, GPUs",
            f"the same on nodes of {GPU_CORES} cores with one GPU (derived, not measured)",
            on_gpu,
            object_store(MANY),
            drivers=MANY,
            gpus=1,
        ),
        Design(
            f"rows alone, {MANY} data sets",
            "runs are not kept, only rows",
            rows_alone,
            object_store(MANY),
            drivers=MANY,
            simulated=False,
        ),
    ]
