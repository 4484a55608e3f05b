"""The built documentation: a page for every public module, its signatures with shapes, no dead link."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
# --quiet would hide the warnings from --strict too.
BUILD = """
import sys
from mkdocs.__main__ import cli
cli(["build", "--strict", "--site-dir", sys.argv[1]], standalone_mode=False)
loaded = {"torch", "streamlit", "fixviz"} & set(sys.modules)
sys.exit(f"the reference was made by importing {loaded}" if loaded else 0)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make docs` builds, by a process that loads neither torch nor Streamlit."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def text(page: Path) -> str:
    """What the page says, with single spaces."""
    article = page.read_text("utf-8").partition("<article")[2].partition("</article")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", f"<{article}")).split())


def test_every_public_module_has_a_page_and_no_other(site: Path) -> None:
    expected = set()
    for path in (ROOT / "fixviz").rglob("*.py"):
        parts = path.relative_to(ROOT / "fixviz").with_suffix("").parts
        if "ui" not in parts and not any(p.startswith("_") for p in parts if p != "__init__"):
            expected.add("/".join(parts).replace("__init__", "index"))
    api = site / "reference" / "api"
    assert {str(p.relative_to(api).with_suffix("")) for p in api.rglob("*.html")} == expected


def test_a_signature_stands_with_its_shapes_and_its_docstring(site: Path) -> None:
    found = text(site / "reference" / "api" / "model" / "attention.html")
    entry = found.partition(" softmax_weights( ")[2].partition(" linear_attention ")[0]
    assert 'query: Float[Tensor, "*s N d"], key: Float[Tensor, "*s M d"]' in entry
    assert entry.endswith(
        ') -> Float[Tensor, "*s N M"] Return the weights A = softmax(q k^T / sqrt(d)).'
    )


def test_a_package_lists_its_modules_with_their_first_lines(site: Path) -> None:
    found = text(site / "reference" / "api" / "model" / "index.html")
    assert "shift Feature shift" in found
    assert "fixviz.ui" not in text(site / "reference" / "api" / "index.html")


def test_no_link_is_dead_and_no_other_server_is_asked(site: Path) -> None:
    pages = {page: page.read_text("utf-8") for page in site.rglob("*.html")}
    ids = {page: set(re.findall(r'\bid="([^"]+)"', source)) for page, source in pages.items()}
    dead = []
    # MkDocs fills the page of a missing URL with absolute links.
    for page, source in pages.items() - {(site / "404.html", pages[site / "404.html"])}:
        assert not re.findall(r'<(?:script|img|iframe)[^>]*\bsrc="(?:https?:)?//', source), page
        assert not re.findall(r'<link[^>]*\bhref="(?:https?:)?//', source), page
        for link in re.findall(r'\b(?:href|src)="([^"]+)"', source):
            path, _, fragment = html.unescape(link).partition("#")
            if "://" in path or path.startswith("data:"):
                continue
            target = (page.parent / path).resolve() if path else page
            if not target.is_file() or (fragment and fragment not in ids.get(target, {fragment})):
                dead.append((str(page.relative_to(site)), link))
    assert dead == []
