"""MkDocs hooks: pages of the API, pages that the navigation does not name, and formulas as MathML.

Nothing here imports fixviz: mkdocstrings reads the source, and what a page takes from the code stands
in the page (see generate.py).
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PACKAGE = Path(__file__).resolve().parents[1] / "fixviz"
# The modules of fixviz.ui are parts of pages and not for others to call.
LEFT_OUT = {"ui"}
# What Markdown extension arithmatex makes of $inline$ and of $$display$$.
_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">(?:\\\(|\\\[)(.*?)(?:\\\)|\\\])</\1>', re.DOTALL
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the app's icon, the pages that the navigation does not name, and one for every public module."""
    icon = str(PACKAGE / "ui/icon.svg")
    files.append(File.generated(config, "images/icon.svg", abs_src_path=icon))
    for section in config["nav"]:
        ((title, entries),) = section.items()
        if title == "Reference":
            api, pages = _section(PACKAGE, Path("reference/api"))
            files_of = {str(path): f"::: {module}\n" for path, module in pages.items()}
            for path, content in files_of.items():
                files.append(File.generated(config, path, content=content))
            entries.append({"Python": api})
        elif isinstance(entries, list):
            entries += _unnamed(entries, files)
    return files


def _unnamed(entries: list[Any], files: Files) -> list[str]:
    """The pages in the folder of a section that the section does not name, in alphabetical order."""
    named = [entry if isinstance(entry, str) else next(iter(entry.values())) for entry in entries]
    folder = Path(named[0]).parent
    found = (file.src_uri for file in files.documentation_pages())
    return sorted(page for page in found if Path(page).parent == folder and page not in named)


def _section(package: Path, place: Path) -> tuple[list[Any], dict[Path, str]]:
    """The navigation entries of a package, and its pages with the module that each shows."""
    start = place / "index.md"
    entries: list[Any] = [str(start)]
    pages = {start: _dotted(package)}
    for path in _modules(package):
        if path.is_dir():
            inner, more = _section(path, place / path.name)
            entries.append({path.name: inner})
            pages |= more
        else:
            page = place / f"{path.stem}.md"
            entries.append({path.stem: str(page)})
            pages[page] = _dotted(path)
    return entries, pages


def _modules(package: Path) -> Iterator[Path]:
    """The public packages below a package, then its public modules."""
    found = sorted(package.iterdir(), key=lambda path: (path.is_file(), path.name))
    for path in found:
        public = not path.name.startswith("_") and path.name not in LEFT_OUT
        if public and (path.suffix == ".py" or (path / "__init__.py").is_file()):
            yield path


def _dotted(path: Path) -> str:
    """The name under which Python imports the module or package."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the formulas of a page into MathML, which browsers draw without a script."""
    return _FORMULA.sub(lambda found: _mathml(found, page), content)


def _mathml(found: re.Match[str], page: Page) -> str:
    latex = html.unescape(found[2]).strip()
    display = "block" if found[1] == "div" else "inline"
    root = ET.fromstring(convert(latex, display=display))
    # The converter leaves a command that it does not know as it was written.
    strange = [e.text for e in root.iter() if re.search(r"[\\&$]", e.text or "")]
    if strange:
        where = page.file.src_uri
        raise PluginError(f"{where}: {strange[0]!r} of the formula {latex!r} is not understood")
    return ET.tostring(root, encoding="unicode").replace("ns0:", "").replace(":ns0", "")
