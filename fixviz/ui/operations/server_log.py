"""Write the log of the whole server in one form: fixviz's, Streamlit's and its web server's."""

from __future__ import annotations

import logging
from typing import Final

import streamlit.logger

from fixviz import logs
from fixviz.settings import Settings, unknown_variables

_log = logging.getLogger(__name__)
_OTHERS: Final = ("streamlit", "uvicorn.error", "websockets", "py.warnings")
"""Without the web server's line for each request, which holds handles."""


def configure(settings: Settings) -> None:
    """Set up the log of the server, and tell which variables are no settings.

    With FIXVIZ_LOG=json Streamlit's records become JSON lines too. Streamlit gives each of its loggers a
    handler of its own, also later, and has no setting for that: so its function that does it is replaced.
    """
    handler = logs.configure(settings)
    if settings.log == "json":

        def share(logger: logging.Logger) -> None:
            logger.handlers = [handler]
            logger.propagate = False

        streamlit.logger.setup_formatter = share
        streamlit.logger.update_formatter()
        logging.captureWarnings(True)
        for name in _OTHERS:
            share(logging.getLogger(name))
    for name in unknown_variables():
        _log.warning("%s is not a setting of fixviz and changes nothing", name)
