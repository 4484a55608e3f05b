"""What attention cost when it was measured here, kept in the home for all visitors of the server.

One JSON file holds, for each machine (`fixviz.engine.machine.describe_machine`), a measurement of each shape.
Whatever cannot be read counts as absent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.engine.jobs import CostRequest
from fixviz.engine.machine import describe_machine
from fixviz.errors import OptionError
from fixviz.store.files import storing, write_atomic

_FILE: Final = "attention-cost.json"


class AttentionCosts:
    """The file of one home. Safe to use from several processes: the last writer wins."""

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE

    def find(self, request: CostRequest) -> CostMeasurement | None:
        """Return what was measured last of this request, on this machine; None where there is nothing."""
        found = self._read().get(describe_machine(request.device), {}).get(request.shape)
        try:
            return None if found is None else CostMeasurement.from_dict(found)
        except (KeyError, TypeError, ValueError, OptionError):
            return None

    def keep(self, request: CostRequest, measurement: CostMeasurement) -> None:
        """Write a measurement in place of the one before. Raises StorageError."""
        everything = self._read()
        machine = describe_machine(request.device)
        everything.setdefault(machine, {})[request.shape] = measurement.to_dict()
        with storing("the measurement", self._path.parent):
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
