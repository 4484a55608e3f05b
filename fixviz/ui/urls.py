"""URLs of the app: paths that the server answers, and relative URLs that its pages hold.

What a page holds is relative to the page, such as "api/ui/..." or "watch". All pages are directly below the
app's own path, so it is right wherever that path is: also behind a proxy that takes a prefix off, which
the server does not learn.
"""

from __future__ import annotations

import streamlit as st

from fixviz.browser_files import browser_version
from fixviz.course.version import course_version
from fixviz.start.body import Links


def base() -> str:
    """Return the path of the app as requests have it, such as /lab, without a slash at its end.

    It follows server.baseUrlPath.
    """
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def is_start(path: str) -> bool:
    """Return whether the path of a request is that of the start page, which has no name."""
    return path.rstrip("/") == base()


def routes() -> str:
    """Return the path of the routes as requests have it, without a slash at its end."""
    return f"{base()}/{api()}"


def page(name: str) -> str:
    """Return the relative URL of a page, such as "watch"; "." is the start page, which has no name."""
    return name or "."


def api() -> str:
    """Return the relative URL below which the routes are, without a slash at its end."""
    return "api"


def run(handle: str) -> str:
    """Return the relative URL below which a run's manifest and artifacts are."""
    return f"{api()}/runs/{handle}"


def modules() -> str:
    """Return the relative URL below which the modules and styles of the browser are."""
    return f"{api()}/ui/{browser_version()}"


def player() -> str:
    """Return the relative URL below which the player's modules and styles are."""
    return f"{modules()}/player"


def course() -> str:
    """Return the relative URL below which the course's modules and styles are."""
    return f"{modules()}/course"


def course_data() -> str:
    """Return the relative URL below which the course's texts, numbers and data are."""
    return f"{api()}/course/{course_version()}"


def teach() -> str:
    """Return the path below which the teacher's page's modules and styles are."""
    return f"{modules()}/teach"


def teach_a_model(part: str) -> str:
    """Return the path below which a part of the page Teach a model has its modules and styles."""
    return f"{modules()}/teach_a_model/{part}"


def cost(part: str) -> str:
    """Return the path below which a part of the page Cost has its modules and styles."""
    return f"{modules()}/cost/{part}"


def start_links() -> Links:
    """Return where the content of the start page leads."""
    return Links(run=f"{course_data()}/run", watch=page("watch"), course=page("course"))


def start() -> str:
    """Return the relative URL below which the start page's modules and styles are."""
    return f"{modules()}/start"
