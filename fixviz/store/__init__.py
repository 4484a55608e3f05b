"""Keep finished analyses on disk: runs, the artifacts they share, and the private handles to them."""

from fixviz.store.keys import SCHEMA_VERSION, run_key
from fixviz.store.records import Artifact, RunInfo
from fixviz.store.store import Store

__all__ = ["SCHEMA_VERSION", "Artifact", "RunInfo", "Store", "run_key"]
