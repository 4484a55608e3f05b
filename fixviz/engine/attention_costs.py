"""What attention cost when it was measured here, kept in the home for all visitors of the server.

One JSON file holds, for each machine (`fixviz.engine.machine.describe_machine`), a measurement of each shape.
Whatever cannot be read counts as absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.engine.jobs import CostRequest
from fixviz.engine.machine import describe_machine
from fixviz.engine.machine_file import MachineFile
from fixviz.errors import OptionError

_FILE: Final = "attention-cost.json"


class AttentionCosts:
    """The file of one home. Safe to use from several processes: the last writer wins."""

    def __init__(self, home: Path) -> None:
        self._file = MachineFile(home / _FILE, "the measurement")

    def find(self, request: CostRequest) -> CostMeasurement | None:
        """Return what was measured last of this request, on this machine; None where there is nothing."""
        found = self._file.find(describe_machine(request.device), request.shape)
        try:
            return None if found is None else CostMeasurement.from_dict(found)
        except (KeyError, TypeError, ValueError, OptionError):
            return None

    def keep(self, request: CostRequest, measurement: CostMeasurement) -> None:
        """Write a measurement in place of the one before. Raises StorageError."""
        machine = describe_machine(request.device)
        self._file.change(machine, request.shape, measurement.to_dict())
