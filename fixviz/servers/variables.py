"""Name the environment variables by which several servers learn that they are several."""

from __future__ import annotations

from typing import Final

ENGINE: Final = "_FIXVIZ_ENGINE"
"""The socket of the engine that they share; see `fixviz.engine.hosting`."""
COUNT: Final = "_FIXVIZ_SERVERS"
"""How many they are."""
