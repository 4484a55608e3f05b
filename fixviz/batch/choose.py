"""Choose what analyzes the clips: this machine or a cluster."""

from __future__ import annotations

from fixviz.batch.cluster.driver import ClusterWork
from fixviz.batch.cluster.named import Cluster
from fixviz.batch.data_set import DataSet
from fixviz.batch.work import OnStatus, Work
from fixviz.engine import AnalysisRequest, Engine
from fixviz.settings import Settings
from fixviz.store import Store


def work_on(
    cluster: Cluster | None,
    engine: Engine,
    store: Store,
    settings: Settings,
    data_set: DataSet,
    request: AnalysisRequest,
    owner: str,
    on_status: OnStatus,
) -> Work | ClusterWork:
    """Return what analyzes clips into a data set. cluster: None for this machine. on_status: see `Work`."""
    if cluster is None:
        return Work(engine, store, settings, data_set, request, owner, on_status)
    return ClusterWork(cluster, engine, store, settings, data_set, request, owner)
