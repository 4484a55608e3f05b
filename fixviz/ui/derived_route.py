"""The route to results that are computed from a run on request.

    GET /api/runs/<handle>/derived?kind=features&model=<name>&axis=<axis>&layer=<number>
    GET /api/runs/<handle>/derived?kind=rollout&model=<name>&frame=<number>[&row=<number>&column=<number>]

200: the stored description; its arrays are fetched like any artifact of the run. 202: it is being
computed; {"job", "state", "place", "wait_s", "progress", "message"}, to be asked for again with &job=<job>
added. Every response comes at once: nobody holds a thread while waiting. Errors are
{"error": one sentence}: 400 for a question that makes no sense, 404 for a run or part that is not
there, 409 for a checkpoint that is not at hand any more, 503 for a full queue or a failed job.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fixviz.engine import DeriveRequest, JobStatus
from fixviz.errors import (
    CheckpointError,
    FixvizError,
    JobError,
    OptionError,
    QueueFull,
    RunNotFound,
    UnknownModel,
)
from fixviz.store import Store
from fixviz.ui.owner import COOKIE, is_name

_STATUS: tuple[tuple[type[FixvizError], int], ...] = (
    (RunNotFound, 404),
    (OptionError, 400),
    (CheckpointError, 409),
    (UnknownModel, 409),
    (JobError, 503),
)
_FRESH = {"Cache-Control": "no-store"}
_MOST_DIGITS = 6


class Job(Protocol):
    """What the route needs of a job."""

    id: str

    def status(self) -> JobStatus:
        """Return where the job stands."""


class Deriver(Protocol):
    """What the route needs of the engine."""

    def derive(self, request: DeriveRequest, *, visitor: str) -> Job:
        """Start or join a computation."""

    def job(self, job_id: str) -> Job | None:
        """Return the job with this id; None if there is none."""

    def error(self, job_id: str) -> FixvizError | None:
        """Return why a job failed; None if it did not fail."""


def derived_endpoint(
    store: Callable[[], Store], engine: Callable[[], Deriver]
) -> Callable[[Request], Response]:
    """Return the function that answers requests for a derived result.

    `store` and `engine` are called on a request, not before.
    """

    def derived(request: Request) -> Response:
        try:
            wanted = read_question(request.path_params["handle"], request.query_params)
            found = store().derived(wanted.run, wanted.name)
            if found is not None:
                return JSONResponse(found, headers=_FRESH)
            return _state(engine(), wanted, request.query_params.get("job"), _visitor(request))
        except FixvizError as error:
            return failure(error)

    return derived


def read_question(handle: str, parameters: Mapping[str, str]) -> DeriveRequest:
    """Return the request that these query parameters stand for. Raises OptionError."""
    kind, model = parameters.get("kind", ""), parameters.get("model", "")
    arguments: dict[str, Any]
    if not model:
        raise OptionError("The URL names no model; add model=<name>.")
    if kind == "features":
        arguments = {"axis": parameters.get("axis", ""), "layer": _number(parameters, "layer")}
        if arguments["axis"] not in ("spatial", "temporal", "joint"):
            raise OptionError("The axis must be spatial, temporal or joint.")
        return DeriveRequest(handle, "features", model, arguments)
    if kind == "rollout":
        arguments = {"frame": _number(parameters, "frame")}
        if "row" in parameters or "column" in parameters:
            arguments |= {
                "row": _number(parameters, "row"),
                "column": _number(parameters, "column"),
            }
        return DeriveRequest(handle, "rollout", model, arguments)
    raise OptionError("The kind must be features or rollout.")


def failure(error: FixvizError) -> Response:
    """Answer with the HTTP status of the error and one sentence."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    headers = dict(_FRESH)
    if isinstance(error, QueueFull):
        headers["Retry-After"] = str(math.ceil(error.retry_s))
    return JSONResponse({"error": str(error)}, status_code=status, headers=headers)


def _visitor(request: Request) -> str:
    """Return who asks, for a fair queue: by the owner's cookie, else by the address."""
    name = request.cookies.get(COOKIE, "")
    if is_name(name):
        return name
    return f"at {request.client.host}" if request.client else "somebody"


def _state(engine: Deriver, wanted: DeriveRequest, job_id: str | None, visitor: str) -> Response:
    """Answer where the job stands: the one that the client knows, or one that is started now."""
    job = (engine.job(job_id) if job_id else None) or engine.derive(wanted, visitor=visitor)
    status = job.status()
    if status.state in ("failed", "cancelled"):
        raise engine.error(job.id) or JobError(status.error or "It could not be computed.")
    # If the job ended between two looks at the store, the next request finds the result there.
    body = {
        "job": job.id,
        "state": status.state,
        "place": status.place,
        "wait_s": status.wait_s,
        "progress": status.progress,
        "message": status.message,
    }
    return JSONResponse(body, status_code=202, headers=_FRESH)


def _number(parameters: Mapping[str, str], name: str) -> int:
    text = parameters.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise OptionError(f"The {name} must be a whole number, 0 or more.")
    return int(text)
