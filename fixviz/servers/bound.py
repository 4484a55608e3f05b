"""Become another program that ends when the process that started it ends: by Linux's parent-death signal.

    python -m fixviz.servers.bound PARENT SIGNAL COMMAND...

PARENT: process id of the one that starts it. SIGNAL: number of what the program gets; it stays set when the
process becomes the program. Elsewhere than on Linux the program outlives a parent that is killed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1


def main(arguments: list[str]) -> None:
    """Become the program. Does not return; raises OSError where the program cannot be started."""
    parent, signal, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, int(signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)  # It ended before the signal was set.
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
