"""Define every error that fixviz raises on purpose.

    FixvizError
    ├── MediaError            the video cannot be used
    │   ├── UnreadableVideo   not a video, damaged, no picture in it
    │   ├── VideoTooLarge     over one of the limits in the settings
    │   └── DecodeTimeout     the decoder hung or took too long and was stopped
    ├── ModelError            the model cannot be used
    │   ├── UnknownModel      no checkpoint of that name
    │   ├── CheckpointError   the checkpoint's files are missing, damaged or do not fit
    │   └── ConfigError       a configuration that no model can have
    ├── OptionError           an option with a value that makes no sense
    │   ├── NothingToMeasure  a clip without a target large enough
    │   └── NoSuchDevice      a device that this machine lacks
    ├── LessonError           a text of the course is missing or cannot be used
    ├── QuotaReached          one visitor keeps all that one may keep
    ├── StorageError          a result could not be written or read back
    │   ├── RunNotFound       no such run: a wrong link, deleted, or expired
    │   └── DamagedRun        stored files of a run are missing, or differ from what was written
    ├── TrainingDiverged      the loss stopped being a sensible number
    └── JobError              an analysis did not finish
        ├── QueueFull         too many jobs are waiting
        ├── JobCancelled      somebody asked for it to stop
        │   └── JobLost       the server stopped before its end
        └── WorkerCrashed     the process that ran it died or ran out of memory

A message is one sentence (or two) for the person who uses fixviz: what is wrong, and what would work.
"""

from __future__ import annotations


class FixvizError(Exception):
    """Base of every error raised on purpose; its text is meant for the user."""


class MediaError(FixvizError):
    """The video cannot be used."""


class UnreadableVideo(MediaError):
    """Not a video, damaged, or without a picture in it."""


class VideoTooLarge(MediaError):
    """Over one of the limits in the settings."""


class DecodeTimeout(MediaError):
    """The decoder hung or took too long and was stopped."""


class ModelError(FixvizError):
    """The model cannot be used."""


class UnknownModel(ModelError):
    """No checkpoint of that name."""


class CheckpointError(ModelError):
    """The checkpoint's files are missing, damaged, or do not fit its configuration."""


class ConfigError(ModelError):
    """A configuration that no model can have."""


class OptionError(FixvizError):
    """An option with a value that makes no sense."""


class NothingToMeasure(OptionError):
    """No frame of a clip shows a target that covers enough of a patch."""


class NoSuchDevice(OptionError):
    """A device that this machine lacks."""


class LessonError(FixvizError):
    """A text of the course is missing, or something in it cannot be used."""


class QuotaReached(FixvizError):
    """One visitor keeps all that one may keep."""


class StorageError(FixvizError):
    """A result could not be written or read back."""


class RunNotFound(StorageError):
    """No such run: a wrong link, deleted, or expired."""


class DamagedRun(StorageError):
    """Stored files of a run are missing, or differ from what was written."""


class TrainingDiverged(FixvizError):
    """The loss stopped being a sensible number."""


class JobError(FixvizError):
    """An analysis did not finish."""


class QueueFull(JobError):
    """Too many jobs are waiting. retry_s: in how many seconds there may be room."""

    def __init__(self, message: str, retry_s: float = 60.0) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class JobCancelled(JobError):
    """Somebody asked for the job to stop."""


class JobLost(JobCancelled):
    """The server was stopped before the job ended."""


class WorkerCrashed(JobError):
    """The process that ran the job died or ran out of memory."""
