"""Markdown of the course's texts to HTML, with its numbers, formulas and terms.

Texts may have paragraphs, lists, tables, emphasis, code, links, $formulas$ and $$formulas$$ on a line
of their own. HTML, pictures and headings may not stand in them: titles, figures and the page's
structure are not the author's business here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from fixviz.course.fields import Place
from fixviz.course.formula import mathml
from fixviz.course.placeholders import PLACEHOLDER, Numbers, fill_formula, write
from fixviz.course.terms import find_term

FORMULA: Final = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
TERM_LINK: Final = re.compile(r"\]\(\s*<?term:([^)>]*?)>?\s*\)")
_MARK: Final = "\ue000{}\ue001"
_MARKED: Final = re.compile("\ue000(\\d+)\ue001")
_FORBIDDEN: Final = ("heading_open", "image", "hr", "fence", "code_block")


@dataclass
class Markup:
    """Renders the texts of one lesson, and remembers the terms that they link."""

    numbers: Numbers
    terms: dict[str, None] = field(default_factory=dict)
    """Keys of the terms linked so far, in order."""

    def __post_init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def block(self, text: str, place: Place) -> str:
        """Return HTML of paragraphs, lists and the like. Raises LessonError."""
        return self._render(text, place, inline=False)

    def line(self, text: str, place: Place, *, links: bool = True) -> str:
        """Return HTML of a sentence or two, without a paragraph around them. Raises LessonError.

        links: False for a text that is itself something to click, such as an answer.
        """
        if not links and "](" in text:
            raise place.error("an answer to choose may not have links; put them into the question.")
        return self._render(text, place, inline=True)

    def _render(self, text: str, place: Place, *, inline: bool) -> str:
        kept: list[str] = []

        def keep(make: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
            def mark(found: re.Match[str]) -> str:
                kept.append(make(found))
                return _MARK.format(len(kept) - 1)

            return mark

        # Formulas and numbers first: Markdown would read their signs as its own.
        text = FORMULA.sub(keep(lambda found: self._formula(found, place)), text)
        text = PLACEHOLDER.sub(keep(lambda found: self._number(found, place)), text)
        text = TERM_LINK.sub(lambda found: f"](term:{quote(found[1].strip())})", text)
        _refuse(r"\$|\{\{|\}\}", text, "is left over: a formula or a number is not closed", place)
        _refuse(r"<[a-zA-Z/!][^>\n]*>", text, "is HTML, which texts may not have", place)
        environment: dict[str, object] = {}
        parse = self._markdown.parseInline if inline else self._markdown.parse
        tokens = parse(text, environment)
        self._change(tokens, place)
        html = str(self._markdown.renderer.render(tokens, self._markdown.options, environment))
        # A ** next to punctuation and a letter marks nothing, which happens often in Chinese.
        _refuse(r"\*\*|\]\(", re.sub(r"<code>.*?</code>", "", html), "marks nothing", place)
        return _MARKED.sub(lambda found: kept[int(found[1])], html).strip()

    def _formula(self, found: re.Match[str], place: Place) -> str:
        latex = fill_formula(found[1] or found[2], self.numbers, place)
        return mathml(" ".join(latex.split()), "block" if found[1] else "inline", place)

    def _number(self, found: re.Match[str], place: Place) -> str:
        written = write(found[1], found[2] or "", self.numbers, place)
        return f'<span class="number" data-number="{found[1]}">{written}</span>'

    def _change(self, tokens: list[Token], place: Place) -> None:
        """Turn links of terms into buttons and others into links that open a page of their own."""
        closing: list[str] = []
        for token in tokens:
            if token.type in _FORBIDDEN:
                raise place.error(f"a text may not have a {token.type.removesuffix('_open')}.")
            if token.children:
                self._change(token.children, place)
            elif token.type == "link_open":
                self._change_link(token, place)
                closing.append(token.tag)
            elif token.type == "link_close":
                token.tag = closing.pop()

    def _change_link(self, token: Token, place: Place) -> None:
        target = str(token.attrs["href"])
        if target.startswith("term:"):
            key = find_term(unquote(target.removeprefix("term:")), place)
            self.terms[key] = None
            token.tag = "button"
            token.attrs = {"type": "button", "class": "term", "data-term": key}
        elif target.startswith("https://"):
            token.attrs = {"href": target, "target": "_blank", "rel": "noopener"}
        else:
            raise place.error(f"a link must lead to a term: or to https://, not to {target!r}.")


def _refuse(pattern: str, text: str, fault: str, place: Place) -> None:
    found = re.search(pattern, text)
    if found:
        raise place.error(f"{found[0]!r} {fault}.")
