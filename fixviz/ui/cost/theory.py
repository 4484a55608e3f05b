"""What theory says, beside what was measured: counts as formulas, filled in for the shape in view."""

from __future__ import annotations

import streamlit as st

from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.shape import AttentionShape
from fixviz.reading.texts.attention_cost import amount
from fixviz.ui.text import plain, quiet_markdown


def show(shape: AttentionShape, tokens: int) -> None:
    """Draw the table of formulas. tokens: for which the numbers are filled in."""
    head = (
        "| attention | multiply-adds of one head | numbers held at one time | "
        f"at N = {tokens:,}, d = {shape.width} |\n| --- | --- | --- | --- |\n"
    )
    rows = [
        f"| {plain(kind.title)} | ${kind.work}$ | ${kind.memory}$ | "
        f"{amount(kind.multiply_adds(tokens, shape.width), '')} and "
        f"{amount(kind.numbers(tokens, shape.width), '')} |"
        for kind in KINDS.values()
    ]
    st.markdown(head + "\n".join(rows))
    quiet_markdown(
        "$N$: tokens, $d$: channels of a head. Twice the tokens are four times the work for $2 N^2 d$, and "
        "twice the work for $2 N d^2$. By count the two are equal at $N = d$; fixation needs "
        "$N = 4 d$, because its ratios take $6 N d^2$ more. A clock may say otherwise: exponentials, "
        "sums and moving numbers are not counted."
    )
    for kind in KINDS.values():
        quiet_markdown(f"**{plain(kind.title)}**: {plain(kind.about)}")
