"""Build the static site: all its files by their paths, the same bytes every time.

    index.html                            leads to the reader's language
    404.html, README.txt
    <language>/{index,course,glossary,watch,teach}.html
    app-<hash>/                           modules and styles of the browser
    data-<hash>/                          the course's texts and data, and the runs of the sample clips

A hash names what is in its folder, so a host may let browsers keep these files for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fixviz import resources
from fixviz.browser_files import BROWSER_FILES, browser_names
from fixviz.course.lesson import LANGUAGES
from fixviz.engine import JobStatus
from fixviz.errors import OptionError
from fixviz.reading.samples import Sample, thumbnail
from fixviz.settings import Settings
from fixviz.static_site import contents
from fixviz.static_site.data import course_files
from fixviz.static_site.pages import PAGES, Places, choice, not_found, page
from fixviz.static_site.readme import readme
from fixviz.static_site.runs import run_files
from fixviz.static_site.sample_runs import SampleRun, chosen, sample_runs
from fixviz.static_site.stylesheet import stylesheet

_DIGITS: Final = 12
_CONTENTS: Final = {
    "index": contents.start,
    "course": contents.course,
    "glossary": contents.glossary,
}


@dataclass(frozen=True)
class SiteOptions:
    """What the site holds."""

    languages: tuple[str, ...] = LANGUAGES
    samples: tuple[str, ...] | None = None
    """Names of the sample clips; None for all."""
    project: str = ""
    """URL where readers get fixviz itself; empty for none."""


def build_site(
    options: SiteOptions,
    settings: Settings,
    on_status: Callable[[Sample, JobStatus], None] = lambda _sample, _status: None,
) -> dict[str, bytes]:
    """Return all files of the site by their paths.

    on_status: called while a sample clip is analyzed, whose run the store does not have yet. Raises
    OptionError, LessonError, StorageError, and what an analysis raises.
    """
    unknown = [code for code in options.languages if code not in LANGUAGES]
    if unknown or not options.languages:
        named = unknown[0] if unknown else ""
        raise OptionError(f"There is no language {named!r}; there are {', '.join(LANGUAGES)}.")
    runs = sample_runs(chosen(options.samples), settings, on_status)
    modules = _named("app", _module_files())
    data = _named("data", {**course_files(options.languages), **_run_files(runs)})
    files = {**modules.files, **data.files}
    places = Places(f"../{modules.folder}", f"../{data.folder}", options.languages)
    for language in options.languages:
        shown = {file: content(language, places) for file, content in _CONTENTS.items()}
        shown["watch"] = contents.watch(language, places, runs, options.project)
        shown["teach"] = contents.teach(language, places, runs)
        for file, content in shown.items():
            files[f"{language}/{file}.html"] = page(file, language, content, places).encode()
    files["index.html"] = choice(modules.folder, options.languages).encode()
    files["404.html"] = not_found(options.languages).encode()
    files["README.txt"] = readme(modules.folder, data.folder).encode()
    return files


def page_names(options: SiteOptions) -> list[str]:
    """Return the paths of the files whose names never change."""
    pages = [f"{language}/{file}.html" for language in options.languages for file in PAGES]
    return ["index.html", "404.html", "README.txt", *pages]


@dataclass(frozen=True)
class _Named:
    folder: str
    files: dict[str, bytes]


def _named(name: str, files: Mapping[str, bytes]) -> _Named:
    """Put files into a folder with a hash of them in its name."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    folder = f"{name}-{digest.hexdigest()[:_DIGITS]}"
    return _Named(folder, {f"{folder}/{path}": content for path, content in files.items()})


def _run_files(runs: Sequence[SampleRun]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for run in runs:
        files |= run_files(run.store, run.handle, run.folder)
        files[contents.thumbnail_file(run)] = thumbnail(run.sample.path)
    return files


def _module_files() -> dict[str, bytes]:
    files = {name: (BROWSER_FILES / name).read_bytes() for name in browser_names()}
    brand = resources.brand()
    files |= {f"brand/{path.name}": path.read_bytes() for path in sorted(brand.glob("*.svg"))}
    return files | {"site.css": stylesheet().encode()}


def total(files: Mapping[str, bytes], names: Sequence[str] | None = None) -> int:
    """Return the bytes of these files together, or of all."""
    return sum(len(files[name]) for name in (files if names is None else names))
