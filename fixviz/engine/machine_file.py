"""A JSON file in the home that holds what was measured, by machine and by what was measured there.

Whatever cannot be read counts as absent. Safe to use from several processes: the last writer wins.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fixviz.store.files import storing, write_atomic


class MachineFile:
    """One such file. Machines are named as `fixviz.engine.machine.describe_machine` does."""

    def __init__(self, path: Path, what: str) -> None:
        """Name the file. what: its content, for errors, such as "the calibration"."""
        self._path, self._what = path, what

    def find(self, machine: str, key: str) -> Any:
        """Return the plain JSON that is kept under a key; None for none."""
        return self._read().get(machine, {}).get(key)

    def change(self, machine: str, key: str, value: dict[str, Any] | None) -> None:
        """Keep a value in place of the one before; None forgets it. Raises StorageError."""
        everything = self._read()
        values = everything.setdefault(machine, {})
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
        with storing(self._what, self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, json.dumps(everything, indent=1).encode())

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(values, dict):
            return {}
        return {name: part for name, part in values.items() if isinstance(part, dict)}
