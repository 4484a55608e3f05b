"""Errors that nobody expected: their details go to the log under an id, and the visitor gets the id.

A traceback names folders of the server and lines of its code, which help whoever runs it and nobody else.
`client.showErrorDetails` is "none", so that Streamlit shows none either where an error gets past this
module.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

import streamlit as st

from fixviz.ui import damaged_run
from fixviz.ui.text import fail

_log = logging.getLogger(__name__)
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for each other when somebody reads an id aloud."""


def report(error: BaseException, where: str = "") -> str:
    """Log an error with all its details under a new id; return the sentence that tells the id.

    where: what was being done, such as the name of a page.
    """
    incident = "".join(secrets.choice(_LETTERS) for _ in range(8))
    _log.error(
        "Error %s%s", incident, f" ({where})" if where else "",
        exc_info=error, extra={"incident": incident, "where": where},
    )  # fmt: skip
    return (
        f"Something went wrong inside fixviz. Reload the page; if it happens again, tell whoever runs this "
        f"server the number {incident}."
    )


@contextmanager
def told(where: str = "") -> Iterator[None]:
    """Show the sentence in place of what the block would have drawn from the error on."""
    try:
        yield
    except Exception as error:
        tell(error, where)


def tell(error: Exception, where: str = "") -> None:
    """Show the sentence, and log the details."""
    fail(report(error, where))


def fragment(*, run_every: float | None = None) -> Callable[[Callable[..., None]], Any]:
    """Return `st.fragment` for a function whose errors are told, also when it runs again by itself."""

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> None:
            with told(function.__qualname__), damaged_run.told():
                function(*args, **kwargs)

        return st.fragment(guarded, run_every=run_every)

    return decorate
