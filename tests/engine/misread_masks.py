"""Readers of masks that misbehave, for the decoding process."""

from __future__ import annotations

import os
import time


def hang(*_: object) -> None:
    """Never come back."""
    time.sleep(600)


def die(*_: object) -> None:
    """Take the process along, as a decoder does that crashes."""
    os._exit(11)
