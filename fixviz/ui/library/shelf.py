"""What of a library is shown: the runs that a search finds, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from fixviz.store import RunInfo

PER_PAGE = 12


def found(runs: Sequence[RunInfo], search: str) -> list[RunInfo]:
    """Return the runs whose title, file name or models contain every word of the search, in any case."""
    wanted = search.casefold().split()
    return [run for run in runs if all(word in _text(run) for word in wanted)]


def pages(count: int) -> int:
    """Count the pages that `count` runs fill; at least one."""
    return max(1, math.ceil(count / PER_PAGE))


def on_page(runs: Sequence[RunInfo], page: int) -> list[RunInfo]:
    """Return the runs of a page, the first being 1; beyond the end, those of the last page."""
    page = min(max(1, page), pages(len(runs)))
    return list(runs[(page - 1) * PER_PAGE : page * PER_PAGE])


def count(number: int, what: str) -> str:
    """Write a number and what it counts, such as "1 run" or "3 runs"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def day(seconds: float) -> str:
    """Write a date in UTC, such as 03 Jan 2026."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y")


def minute(seconds: float) -> str:
    """Write a date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M UTC")


def run_link(page_url: str, handle: str) -> str:
    """Return the URL that opens a run. page_url: the URL of any page of the app."""
    return f"{page_url.split('?')[0].rpartition('/')[0]}/watch?run={handle}"


def _text(run: RunInfo) -> str:
    return " ".join((run.title, run.name, *run.models)).casefold()
