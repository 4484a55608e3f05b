"""Messages on pages: what a visitor, a file or an error has named is escaped."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = {"error", "warning", "info", "success", "exception", "toast"}
NUMBERS = {"view.layer"}
"""What is a number wherever it stands in a message."""


def shown(source: str) -> list[ast.Call]:
    """Calls such as st.error(...) in a module."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in MESSAGES
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "st"
    ]


def is_ours(text: ast.expr) -> bool:
    """Tell whether a text is our own: written here, in a file of texts, or escaped."""
    if isinstance(text, ast.Constant):
        return True
    if isinstance(text, ast.JoinedStr):
        return all(is_ours(value) for value in text.values)
    if isinstance(text, ast.FormattedValue):
        return ast.unparse(text.value) in NUMBERS or is_ours(text.value)
    if isinstance(text, ast.Attribute):
        return ast.unparse(text.value) == "texts" and text.attr.isupper()
    if isinstance(text, ast.Subscript):
        return ast.unparse(text.value) == "words"
    if isinstance(text, ast.DictComp):
        return is_ours(text.value)
    if not isinstance(text, ast.Call):
        return False
    called = text.func
    if ast.unparse(called) == "plain":
        return True
    # A sentence from a file of texts, with what is filled in.
    if isinstance(called, ast.Attribute) and called.attr == "format":
        known = is_ours(called.value)
    else:
        known = ast.unparse(called) == "say"
    return known and all(is_ours(keyword.value) for keyword in text.keywords)


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ('st.error("Choose a model.")', True),
        ("st.error(str(error))", False),
        ("st.error(error, icon=icon)", False),
        ('st.warning(f"{name} is not there.")', False),
        ('st.warning(f"{plain(name)} is not there.")', True),
        ('st.info(f"Layer {view.layer}: {view.name}")', False),
        ('st.info(say("gone", name=name))', False),
        ('st.info(say("gone", name=plain(name)))', True),
        ('st.info(words["none"].format(text=wanted))', False),
        ('st.info(name.format(text="a"))', False),
        ("st.success(texts.DONE)", True),
        ("st.toast(file.NAME)", False),
    ],
)
def test_the_check_tells_names_from_our_own_words(code: str, ours: bool) -> None:
    (call,) = shown(code)
    assert is_ours(call.args[0]) == ours


def test_no_message_shows_a_name_as_markdown() -> None:
    files = [*(ROOT / "fixviz" / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    calls = {path: shown(path.read_text("utf-8")) for path in files}
    assert sum(map(len, calls.values())) > 10
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
        for path, found in calls.items()
        for call in found
        if not call.args or not is_ours(call.args[0])
    ]
    assert wrong == [], "use fail() or warn() of fixviz.ui.text, or plain()"
