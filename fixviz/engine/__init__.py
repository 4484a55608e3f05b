"""Where analyses run: a queue in front of processes that can crash without taking the server along.

The names below are the client half, which never imports torch; `worker` is the other half and is
named by dotted path only.
"""

from fixviz.engine.engine import Engine
from fixviz.engine.jobs import (
    DEFAULT_MODELS,
    AnalysisRequest,
    DeriveRequest,
    DeviceReport,
    UploadRef,
)
from fixviz.engine.tickets import Job
from fixviz.tasks.status import JobStatus

__all__ = [
    "DEFAULT_MODELS",
    "AnalysisRequest",
    "DeriveRequest",
    "DeviceReport",
    "Engine",
    "Job",
    "JobStatus",
    "UploadRef",
]
