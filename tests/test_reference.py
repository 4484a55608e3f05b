"""The built documentation: what it holds, its formulas, and no dead link."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

# The documentation is built within the first test.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[1]


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


def test_formulas_are_mathml_and_no_latex_is_left(site: Path) -> None:
    page = (site / "explanation/model.html").read_text("utf-8")
    assert page.count("<math ") > 20
    assert "<mfrac>" in page and "xmlns:ns0" not in page
    assert not re.findall(r"\$|\\\\|arithmatex", text(site / "explanation/model.html"))


def test_a_formula_that_is_not_understood_fails(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("$\\nonsense{x}$")
    hooks = ROOT / "docs/hooks.py"
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: test\nhooks: [{hooks}]\nnav: [{{Home: index.md}}]\n"
        "markdown_extensions: [{pymdownx.arithmatex: {generic: true}}]\n"
    )
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "index.md: '\\\\nonsense' of the formula" in done.stderr


def test_the_pages_that_the_navigation_does_not_name_are_in_it(site: Path) -> None:
    """Every page of a folder is in the navigation of its section."""
    for folder in ("tutorial", "how-to", "explanation", "reference"):
        pages = {path.with_suffix(".html").name for path in (ROOT / "docs" / folder).glob("*.md")}
        first = (site / folder / sorted(pages)[0]).read_text("utf-8")
        linked = set(re.findall(r'href="([\w-]+\.html)" class="md-nav__link', first))
        assert pages - linked <= {sorted(pages)[0]}, folder
