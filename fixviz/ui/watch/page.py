"""The Watch page: a clip to choose, an analysis to wait for, or a run to look at."""

from __future__ import annotations

from fixviz.ui.watch import chooser, opened, progress, state


def show() -> None:
    """Draw the page in the state that address and session are in."""
    waiting = state.waiting()
    if isinstance(waiting, state.Waiting):
        progress.show()
        return
    if waiting is not None:
        progress.show_lost(waiting)
        return
    run = state.opened()
    if run is not None:
        opened.show(run)
    else:
        chooser.show()
