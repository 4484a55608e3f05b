"""Markdown with numbers, formulas and terms: known texts, and faults that are told."""

from __future__ import annotations

import math
import re

import pytest

from fixviz.course.fields import Place
from fixviz.course.formula import mathml
from fixviz.course.markup import Markup
from fixviz.course.placeholders import fill, write
from fixviz.errors import LessonError

PLACE = Place("en/tokens.md", "grid", "text")
NUMBERS = {
    "run.patches": 81.0,
    "run.many": 6561.0,
    "run.share": 0.94949,
    "run.loss": -0.0093,
    "run.none": -0.0001,
    "run.undefined": math.nan,
    "run.looks_at": 19.882,
}


@pytest.mark.parametrize(
    ("name", "form", "text"),
    [
        ("patches", "", "81"),
        ("many", "", "6,561"),
        ("share", "", "0.949"),
        ("loss", "", "−0.0093"),
        ("looks_at", "", "19.9"),
        ("looks_at", "integer", "20"),
        ("looks_at", "digits2", "19.88"),
        ("share", "percent", "94.9\N{NO-BREAK SPACE}%"),
        ("share", "percent0", "95\N{NO-BREAK SPACE}%"),
        ("share", "points", "94.9"),
        ("share", "signed_points", "+94.9"),
        ("loss", "signed_points", "−0.9"),
        ("none", "signed_points", "0.0"),
        ("none", "percent", "0.0\N{NO-BREAK SPACE}%"),
        ("undefined", "percent", "–"),
    ],
)
def test_a_number_is_written_in_its_format(name: str, form: str, text: str) -> None:
    assert write(f"run.{name}", form, NUMBERS, PLACE) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{run.patchs}}", "there is no number 'run.patchs'"),
        ("{{run.share | percents}}", "there is no format 'percents'"),
        ("$x = {{run.patchs}}$", "there is no number 'run.patchs'"),
        ("{{run.share", "not closed"),
        ("It costs $5.", "not closed"),
        ("$x = {y$", "braces"),
        (r"$x = \foo y$", r"foo"),
        (r"$\begin{aligned} a &= b \end{aligned}$", "is not understood"),
        (r"$\class{q}{q_i}$", "must begin with sym-"),
        ("<b>bold</b>", "is HTML"),
        ("![picture](x.png)", "may not have a image"),
        ("# Heading", "may not have a heading"),
        ("[x](term:nonsense)", "there is no term 'nonsense'"),
        ("[x](http://example.org)", "must lead to a term: or to https://"),
        ("这是**“词元”**的意思", "marks nothing"),
    ],
)
def test_a_fault_is_told_with_file_and_step(text: str, message: str) -> None:
    with pytest.raises(LessonError, match=re.escape(message)) as caught:
        Markup(NUMBERS).block(text, PLACE)
    assert str(caught.value).startswith("en/tokens.md, step grid, text: ")


def test_numbers_stand_in_elements_that_name_them() -> None:
    html = Markup(NUMBERS).line("Of **{{run.patches}}** patches {{ run.share|percent }}.", PLACE)
    assert html == (
        'Of <strong><span class="number" data-number="run.patches">81</span></strong> patches '
        '<span class="number" data-number="run.share">94.9\N{NO-BREAK SPACE}%</span>.'
    )


def test_plain_texts_get_numbers_too_and_keep_places_of_the_figure() -> None:
    assert fill("{value} of {{run.patches}}", NUMBERS, PLACE) == "{value} of 81"


def test_terms_become_buttons_and_are_remembered_by_key() -> None:
    markup = Markup(NUMBERS)
    html = markup.block(
        "[Ratios](term:fixation ratio), [one](term:fixation-ratio), [H](term:entropy)", PLACE
    )
    assert html.count('<button type="button" class="term" data-term="fixation ratio">') == 2
    assert '<button type="button" class="term" data-term="entropy">H</button>' in html
    assert list(markup.terms) == ["fixation ratio", "entropy"]
    assert "<a" not in html


def test_every_key_of_the_glossary_can_be_linked() -> None:
    from fixviz.reading.definitions import DEFINITIONS

    for key in DEFINITIONS:
        markup = Markup({})
        markup.line(f"[x](term:{key})", PLACE)
        assert list(markup.terms) == [key]


def test_links_open_a_page_of_their_own() -> None:
    html = Markup({}).line("[paper](https://arxiv.org/abs/2210.08164)", PLACE)
    assert (
        html
        == '<a href="https://arxiv.org/abs/2210.08164" target="_blank" rel="noopener">paper</a>'
    )


def test_answers_to_choose_have_no_links() -> None:
    with pytest.raises(LessonError, match="may not have links"):
        Markup({}).line("[x](term:entropy)", PLACE, links=False)


def test_symbols_of_a_formula_keep_their_names() -> None:
    html = Markup(NUMBERS).line(r"$\class{sym-q}{q_i} = 1$", PLACE)
    symbol = '<mrow class="sym-q" data-symbol="q"><msub><mi>q</mi><mi>i</mi></msub></mrow>'
    assert html == f'<math display="inline"><mrow>{symbol}<mo>=</mo><mn>1</mn></mrow></math>'


def test_a_formula_on_lines_of_its_own_is_no_list() -> None:
    html = Markup(NUMBERS).block("Sum:\n\n$$\na\n+ b_1\n= {{run.many}}\n$$\n\nEnd.", PLACE)
    assert html.startswith('<p>Sum:</p>\n<p><math display="block">')
    assert "<mn>6</mn>" not in html and "<ul>" not in html
    assert re.sub("<[^>]+>", "", html).split() == ["Sum:", "a+b1=6,561", "End."]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{{run.share | percent}} \cdot 2", "94.9%⋅2"),
        ("{{run.loss | signed_points}} + x", "−0.9+x"),
        ("{{run.patches}}^2", "812"),
        (r"\frac{\exp(s_j)}{\sum_l \exp(s_l)}", "exp(sj)∑lexp(sl)"),
        (r"\operatorname{softmax}(q \cdot k / \sqrt{d})", "softmax(q⋅k/d)"),
        (r"\{0, 1\}", "{0,1}"),
        (r"\text{a_b} \le 1", "a_b≤1"),
    ],
)
def test_formulas_have_no_latex_left_over(latex: str, text: str) -> None:
    html = Markup(NUMBERS).line(f"${latex}$", PLACE)
    shown = re.sub("<[^>]+>", "", html).replace("·", "⋅")
    assert shown == text


def test_a_power_belongs_to_the_whole_number() -> None:
    html = Markup(NUMBERS).line("${{run.loss | signed_points}}^2$", PLACE)
    assert "<msup><mrow><mo>−</mo><mn>0.9</mn></mrow><mn>2</mn></msup>" in html


def test_what_xml_cannot_hold_is_told() -> None:
    with pytest.raises(LessonError, match="is not understood"):
        mathml(r"\text{a<b}", "inline", PLACE)
