"""Maps of the clips whose runs are in the store."""

from __future__ import annotations

from collections.abc import Sequence

from fixviz.comparison import texts
from fixviz.comparison.maps import maps_at
from fixviz.comparison.question import Comparison
from fixviz.comparison.source import Clip
from fixviz.errors import StorageError
from fixviz.reading.run import StoredRun
from fixviz.ui.inspect_run.described import shared_run
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.services import services
from fixviz.ui.text import quiet


def show(found: Comparison, clips: Sequence[Clip], model: str, seconds: float) -> None:
    """Draw the maps of a model in these clips at a moment."""
    runs = [(clip, run) for clip in clips if (run := _opened(clip)) is not None]
    figure = maps_at(runs, model, found.place, seconds)
    if figure is None:
        quiet(texts.NO_MAPS)
        return
    draw(figure)
    if len(runs) < len(clips):
        quiet(f"{len(clips) - len(runs)} of {len(clips)} clips have no run in the store.")


def _opened(clip: Clip) -> StoredRun | None:
    """Return the run of a clip; None where the store does not hold it, or holds it damaged."""
    store = services().store
    if clip.handle is None:
        return None
    try:
        return shared_run(store, clip.handle, store.manifest(clip.handle))
    except StorageError:
        return None
