"""Word what is wrong with stored files: damaged for good, or not to be read just now."""

from __future__ import annotations

from fixviz.errors import DamagedRun, StorageError


def damaged() -> DamagedRun:
    """Return the error for stored files that are missing, or differ from what was written."""
    return DamagedRun("A stored file of this run is damaged. Analyze the clip again.")


def unreadable(error: OSError) -> StorageError:
    """Return the error for a file that is there and cannot be read, which says nothing of its content."""
    reason = error.strerror or type(error).__name__
    return StorageError(f"The run could not be read just now ({reason}). Try again in a minute.")
