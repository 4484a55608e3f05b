"""What the page of the course needs first: its modules, its texts, and the figures of the lesson in view."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from fixviz.browser_files import browser_file, imported_by
from fixviz.course.build import lesson_path
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ
from fixviz.course.lesson_file import read_lesson
from fixviz.course.texts import OVERVIEW
from fixviz.errors import LessonError
from fixviz.ui import language, urls
from fixviz.ui.preload import fetched, module, style


def hints(parameters: Mapping[str, str], headers: Headers) -> list[str]:
    """Return the values of the Link header for the course with these query parameters."""
    lesson, run = parameters.get("lesson", ""), parameters.get("run")
    code = language.first_offered(
        parameters.get(language.PARAMETER),
        cookie_parser(headers.get("cookie", "")).get(language.COOKIE),
        headers.get("accept-language", "").split(",")[0],
    )
    texts = f"{urls.course_data()}/{code}"
    found = [module(f"{urls.modules()}/{name}") for name in imported_by("course/main.js")]
    found += [style(f"{urls.course()}/styles.css"), fetched(f"{texts}/{OVERVIEW}.json")]
    if lesson not in (*LESSONS, QUIZ):
        return found
    figures = imported_by(*figure_modules(lesson))
    found += [module(f"{urls.modules()}/{name}") for name in figures]
    if run is None:
        found.append(fetched(f"{texts}/{lesson}.json"))
        found.append(fetched(f"{urls.course_data()}/run/manifest.json"))
    if browser_file(f"course/styles/{lesson}.css"):
        found.append(style(f"{urls.course()}/styles/{lesson}.css"))
    return list(dict.fromkeys(found))


@cache
def figure_modules(lesson: str) -> tuple[str, ...]:
    """Return the modules of a lesson's figures, as paths in the browser's folder.

    A lesson that cannot be read has none: the page itself says what is wrong with it.
    """
    try:
        steps = read_lesson(lesson_path(LANGUAGES[0], lesson)).steps
    except LessonError:
        return ()
    names = dict.fromkeys(step.figure.name for step in steps if step.figure)
    return tuple(f"course/figures/{name.replace('-', '_')}.js" for name in names)
