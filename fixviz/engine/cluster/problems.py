"""Define how a cluster fails, besides the errors of the jobs themselves."""

from __future__ import annotations

from fixviz.errors import JobError


class ClusterUnreachable(JobError):
    """The cluster cannot be reached, or has been lost; it may come back."""


class ClusterRefused(JobError):
    """The cluster can be reached, and no job can work there, such as with other versions."""


class NodeLost(JobError):
    """The node that worked for us, or its process there, has ended or does not answer."""


class NoActor(JobError):
    """The actor that was to begin a job has ended before."""
