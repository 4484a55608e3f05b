"""Start the workers beside the server, but not before somebody has seen the first page.

Loading the models takes all of a small computer for seconds, and whoever opens the app first should
not wait for it.
"""

from __future__ import annotations

import gc
import logging
import threading
from typing import Final

from fixviz.errors import FixvizError
from fixviz.reading.samples import samples, thumbnail
from fixviz.ui.services import Services

_log = logging.getLogger("fixviz")
_LONGEST_WAIT_S: Final = 10.0
_shown = threading.Event()


def start(ours: Services) -> None:
    """Warm up in a thread, once a page is shown or nobody has come for a while."""
    threading.Thread(target=_run, args=(ours,), name="fixviz-warm-up", daemon=True).start()


def note_page_shown() -> None:
    """Tell that a page of the app has been drawn."""
    _shown.set()


def _run(ours: Services) -> None:
    _shown.wait(_LONGEST_WAIT_S)
    try:
        ours.engine.warm_up()
        for sample in samples():
            thumbnail(sample.path)
    except FixvizError as error:
        _log.warning("Warm-up: %s", error)
    finally:
        # What is loaded by now stays; later collections need not look at it again.
        gc.collect()
        gc.freeze()
