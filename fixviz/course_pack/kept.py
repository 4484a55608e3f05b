"""Results that take long to compute, kept in kept.json with the SHA-256 of their checkpoint.

Only those of a changed checkpoint are computed again. A lesson's module that keeps results has a
function `recheck(world)`, which computes a part of them again for a test.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class KeptResults:
    """Keep plain JSON by what it is and by checkpoint."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(self, what: str, checkpoint: str, sha256: str, compute: Callable[[], Any]) -> Any:
        """Return a result; compute and write the one of another checkpoint, or of none yet.

        what: name of the result, with everything but the checkpoint that it depends on.
        """
        found = self._kept.get(what, {}).get(checkpoint)
        if found is None or found["sha256"] != sha256:
            found = {"sha256": sha256, "result": compute()}
            self._kept.setdefault(what, {})[checkpoint] = found
            text = json.dumps(self._kept, indent=1, sort_keys=True, allow_nan=False)
            self._path.write_text(f"{text}\n", encoding="utf-8")
        return found["result"]
