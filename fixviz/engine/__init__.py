"""Queue analyses and run them in other processes, whose crash does no harm to the server.

The names below are for clients and never import torch. The other half, `worker`, runs in the model
processes and is named by dotted path only.
"""

from fixviz.engine.engine import Engine
from fixviz.engine.estimate import Estimate
from fixviz.engine.jobs import (
    DEFAULT_MODELS,
    AnalysisRequest,
    CostRequest,
    DeriveRequest,
    DeviceReport,
    TeachRequest,
    UploadRef,
)
from fixviz.engine.tickets import Job
from fixviz.tasks.status import JobStatus

__all__ = [
    "DEFAULT_MODELS",
    "AnalysisRequest",
    "CostRequest",
    "DeriveRequest",
    "DeviceReport",
    "Engine",
    "Estimate",
    "Job",
    "JobStatus",
    "TeachRequest",
    "UploadRef",
]
