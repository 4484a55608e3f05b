"""What one visitor's look at a run had computed serves the next, whoever it is.

Keys are made of the run's content (fixviz.reading.content_key), never of a handle, and a page asks only for
runs that it has just opened by the visitor's own handle. So a cached figure opens nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from fixviz.reading.content_key import ContentKey, content_key
from fixviz.reading.figures.figure import Figure, Maps
from fixviz.reading.run import StoredRun
from fixviz.store import Store
from fixviz.ui.pictures import data_url
from fixviz.ui.services import services

T = TypeVar("T")


def shared_run(store: Store, handle: str, manifest: Mapping[str, Any]) -> StoredRun:
    """Return the run with arrays and pictures that all visitors of this server share."""

    def cache(sha: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        # Whatever the clip is called, the arrays are the same.
        return services().shared.get(replace(run.content, name=""), ("array", sha), make)

    run = StoredRun(store, handle, manifest, cache)
    return run


@overload
def described(describe: Callable[..., Figure], *arguments: Any, **named: Any) -> Figure: ...
@overload
def described(
    describe: Callable[..., Figure | None], *arguments: Any, **named: Any
) -> Figure | None: ...
def described(
    describe: Callable[..., Figure | None], *arguments: Any, **named: Any
) -> Figure | None:
    """Return the figure that a function of fixviz.reading.figures describes; None where it returns None.

    The arguments are views, stored results and plain data. An array is not taken: in its place stands
    `functools.partial` of the function that returns it, which is called only where the figure has to be
    described.
    """
    key = content_key(describe, *arguments, **named)

    def whole() -> Figure | None:
        values = [one() if isinstance(one, partial) else one for one in arguments]
        figure = describe(*values, **named)
        return None if figure is None else replace(figure, key=key)

    def make() -> Figure | None:
        figure = whole()
        if figure is None or not isinstance(figure.chart, Maps):
            return figure
        return replace(figure, chart=_as_drawn(figure.chart))

    figure = services().shared.get(key.run, ("figure", key.of), make)
    if figure is None or not isinstance(figure.chart, Maps):
        return figure
    # Each visitor's own, for it reads the run by the handle of whoever asks.
    return replace(figure, again=cast(Callable[[], Figure], whole))


def _as_drawn(maps: Maps) -> Maps:
    """Return the maps as a page shows them: their pixels would take ten times the memory."""
    none = np.empty((0, 0, 3), np.uint8)
    rows = [
        replace(
            row,
            pictures=[replace(one, image=none, url=data_url(one.image)) for one in row.pictures],
        )
        for row in maps.rows
    ]
    return replace(maps, rows=rows)


def drawn(key: ContentKey | None, part: Hashable, make: Callable[[], T]) -> T:
    """Return a drawing of a figure; what of it, such as a chart in the colors of a theme, is `part`.

    key: that of the figure. A figure without one is drawn anew.
    """
    if key is None:
        return make()
    return services().shared.get(key.run, ("drawing", key.of, part), make)
