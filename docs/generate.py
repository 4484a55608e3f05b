"""Write what the pages of the documentation take from the code: `python docs/generate.py`.

A page marks such a part by comments, `<!-- generated: NAME -->` and `<!-- end: NAME -->`. The parts are
stored in the pages, so that these can be read wherever Markdown is shown. `make docs` writes them again,
and a test fails when a page differs from the code. Loads neither torch nor Streamlit.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import json
import math
import re
import runpy
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from markdown.extensions.toc import slugify

from fixviz import settings
from fixviz.analysis.kinds import KINDS
from fixviz.analysis.measure_table import (
    MEASURES,
    MOTION_MEASURES,
    ROW_MEASURES,
    TARGET_MEASURES,
    Measure,
)
from fixviz.batch.schema import CLIP_COLUMNS, arrow_schema
from fixviz.batch.schema import TABLES as SET_TABLES
from fixviz.cli import _COMMANDS
from fixviz.course.terms import SOURCE, Term, read_glossary
from fixviz.media.codecs import VIDEO_CODECS
from fixviz.media.containers import CONTAINERS
from fixviz.reading.exports.columns import Column
from fixviz.settings import Settings

DOCS: Final = Path(__file__).resolve().parent
_DEFAULT: Final = re.compile(r"\s*\[default: ([^]]*)\]")
_VARIANTS: Final = {"softmax": "softmax", "linear": "linear", "fixation": "fixation"}
_WAYS: Final = {
    "reference": "plain reference",
    "traced": "traced",
    "eager": "without a trace",
    "eager graph": "without a trace, CUDA graph",
    "kernels": "GPU kernels",
    "eager kernels graph": "GPU kernels, CUDA graph",
    "compiled": "compiled",
    "compiled graph": "compiled, CUDA graph",
    "compiled kernels": "compiled, GPU kernels",
    "compiled kernels graph": "compiled, GPU kernels, CUDA graph",
}
"""Attentions and paths in files of measured speed, and what the pages call them."""
_SCALE: Final = runpy.run_path(str(DOCS / "scale_page.py"))
_FOLDERS: Final = {"home": "the user's data folder (Linux: `~/.local/share/fixviz`)"}


def commands_text() -> str:
    """A section for each command: what it does, its arguments and its options."""
    return "\n\n".join(_command_part(name) for name in _COMMANDS)


def _command_part(name: str) -> str:
    command: click.Command = importlib.import_module(_COMMANDS[name][0]).command
    context = click.Context(command, info_name=f"fixviz {name}")
    parts = [f"## fixviz {name}", _prose(command.help or "")]
    parts += [f"```text\n{' '.join(command.get_usage(context).split()[1:])}\n```"]
    options = [p for p in command.params if isinstance(p, click.Option)]
    rows = [(_spelled(option, context), *_meaning(option, context)) for option in options]
    parts += ["\n".join(_table(("option", "meaning", "default"), rows))] if rows else []
    if name == "derive":
        kinds = [(f"`{kind}`", about.about) for kind, about in KINDS.items()]
        parts += ["\n".join(_table(("kind", "what it computes"), kinds))]
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    """The help of a command, with links to the pages that it names."""
    linked = re.sub(r"docs/reference/([\w-]+\.md)", r"[\1](\1)", inspect.cleandoc(text))
    pieces = re.split(r"(`[^`]*`)", linked)  # Every second one is code.
    pieces[::2] = [re.sub(r"(--[a-z][\w-]*)", r"`\1`", piece) for piece in pieces[::2]]
    return "".join(pieces)


def _spelled(option: click.Option, context: click.Context) -> str:
    names = [*option.opts, *option.secondary_opts]
    choice = isinstance(option.type, click.Choice)
    value = names[0].strip("-").upper() if choice else option.make_metavar(context)
    value = "" if option.is_flag else " " + value.removesuffix(" RANGE")
    return " / ".join(f"`{name}{value}`" for name in names)


def _meaning(option: click.Option, context: click.Context) -> tuple[str, str]:
    """What an option does, and the value that it has when it is left out."""
    text = option.help or ""
    written = _DEFAULT.search(text)
    meaning = _prose(_DEFAULT.sub("", text))
    if isinstance(option.type, click.Choice):
        meaning += f" One of {', '.join(f'`{choice}`' for choice in option.type.choices)}."
    if option.required:
        return meaning, "required"
    if written:
        return meaning, written[1]
    if option.is_flag and option.secondary_opts:
        return meaning, f"`{(option.opts if option.default else option.secondary_opts)[0]}`"
    value = option.get_default(context)
    shown = isinstance(value, str | int | float) and not option.is_flag and value != ""
    return meaning, f"`{value}`" if shown else ""


def settings_text() -> str:
    """A table of the settings, from the fields of `Settings` and their docstrings."""
    source = _fields(settings.__file__, "Settings")
    rows = [
        (f"`{settings.variable(f.name)}`", _default(f.name, source[f.name][0]), source[f.name][1])
        for f in fields(Settings)
    ]
    return "\n".join(_table(("variable", "default", "meaning"), rows))


def _default(name: str, written: str) -> str:
    """The default of a setting, with the product as which the source writes it."""
    if name in _FOLDERS:
        return _FOLDERS[name]
    value = getattr(Settings(), name)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"{value:g}" if "*" not in written else f"{value} ({written.replace('*', '×')})"
    return f"`{value}`" if value else "none"


def _fields(file: str, name: str) -> dict[str, tuple[str, str]]:
    """The default of each field of a class as the source writes it, and the text below."""
    body = next(
        node.body
        for node in ast.parse(Path(file).read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    return {
        ast.unparse(field.target): (
            ast.unparse(field.value) if field.value else "",
            " ".join(ast.literal_eval(below.value).split()),
        )
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }


def measures_text(measures: Sequence[Measure]) -> str:
    """A table of measures."""
    head = ("name", "measure", "from, to", "uniform attention", "a higher value means")
    rows = [
        (
            *(f"`{m.name}`", m.axis_title, m.range, m.uniform.formula if m.uniform else "–"),
            *(m.higher, m.definition),
        )
        for m in measures
    ]
    return "\n".join(_table((*head, "definition"), rows))


def conclusions_text() -> str:
    """What follows from each measure, and what does not."""
    return "\n\n".join(f"**{m.title}** (`{m.name}`). {m.follows}" for m in MEASURES.values())


def containers_text() -> str:
    """A table of the kinds of video files."""
    rows = [(f"`{row.demuxer}`", ", ".join(row.suffixes)) for row in CONTAINERS]
    return "\n".join(_table(("container", "endings"), rows))


def codecs_text() -> str:
    """Return the table of codecs of the pictures that are decoded."""
    rows = [(codec.title, codec.written_by) for codec in VIDEO_CODECS]
    return "\n".join(_table(("codec", "written by"), rows))


def glossary_text() -> str:
    """Every term of the app's glossary, at the anchor that it has there."""
    terms = sorted(read_glossary(SOURCE).values(), key=lambda term: term.anchor)
    return "\n\n".join(f"### {_heading(term)}\n\n{_literal(term.definition)}" for term in terms)


def _heading(term: Term) -> str:
    """The title of a term, with its anchor where that does not follow from the title."""
    title = _literal(term.title[0].upper() + term.title[1:])
    return title if slugify(title, "-") == term.anchor else f"{title} {{: #{term.anchor} }}"


def player_text() -> str:
    """A table of the query parameters of Watch, from the type of a view in the player."""
    source = (DOCS.parent / "fixviz/browser/player/types.d.ts").read_text("utf-8")
    view = re.search(r"interface View \{(.*?)\n\}", source, re.DOTALL)
    assert view is not None
    found = re.findall(r"/\*\* (.*?) \*/\s*(\w+)\??: ([^;]+);", view[1], re.DOTALL)
    rows = [(f"`{name}`", " ".join(about.split())) for about, name, _ in found]
    return "\n".join(_table(("parameter", "value"), rows))


def cpu_speed_text() -> str:
    """Return the table of what a clip takes on a processor, from docs/cpu.json."""
    results = _measured("cpu")
    if results is None:
        return "Not measured yet."
    about = results["about"]
    threads = f"{about['threads']} thread{'s' * (about['threads'] > 1)}"
    rows = [
        (
            *(_VARIANTS[row["variant"]], _WAYS[row["how"]], f"{row['seconds']:.1f}"),
            *(f"{row['times_reference']:.2f}", f"{row['relative_error']:.0e}"),
        )
        for row in results["clip"]
    ]
    head = ("attention", "path", "processor seconds", "times as fast", "relative error")
    text = (
        f"{about['device']}, {threads}, torch {about['torch']}, float32, {about['date']}: official-b16, "
        f"one clip ({about['tokens']:,} tokens), median of {about['rounds']} rounds in turn."
    )
    return "\n".join([text, "", *_table(head, rows)])


def gpu_speed_text() -> str:
    """Return the tables of what clips take on a GPU, from docs/gpu.json."""
    results = _measured("gpu")
    if results is None:
        return "Not measured yet."
    about, ceilings = results["about"], results["ceilings"]
    base = {
        (row["variant"], row["batch"], row["precision"]): row["median_ms"]
        for row in results["clip"]
        if row["how"] == "reference"
    }
    rows = [
        (
            *(_VARIANTS[row["variant"]], str(row["batch"]), row["precision"], _WAYS[row["how"]]),
            f"{row['median_ms']:.2f}",
            f"{base[row['variant'], row['batch'], row['precision']] / row['median_ms']:.2f}",
            f"{row['peak_bytes'] / 1e6:.0f}" if row["peak_bytes"] else "–",
            f"{row['relative_error']:.0e}",
        )
        for row in sorted(
            results["clip"],
            key=lambda r: (r["precision"], -r["batch"], list(_VARIANTS).index(r["variant"])),
        )
    ]
    head = ("attention", "clips", "format", "path", "ms", "times as fast", "MB", "relative error")
    text = (
        f"{about['device']}, torch {about['torch']}, {about['date']}: official-b16, clips of "
        f"{about['tokens']:,} tokens. The card copies {ceilings['copy_bytes_per_s'] / 1e12:.1f} TB/s and "
        f"multiplies {ceilings['bf16_flop_per_s'] / 1e12:.0f} TFLOP/s in bfloat16, "
        f"{ceilings['fp32_flop_per_s'] / 1e12:.0f} in float32, as measured with it."
    )
    parts = [text, _goals(results), "\n".join(_table(head, rows))]
    if results["model"]:  # Without the network's own times, those of a layer would stand alone.
        parts += [_crossings(results), _against_tokens(results)]
    return "\n\n".join(part for part in parts if part)


def _goals(results: dict[str, Any]) -> str:
    """Say how far the fastest path of each attention is from the reference, and fixation from linear."""
    clip = [row for row in results["clip"] if row["precision"] == "bf16"]
    lines = []
    for batch in sorted({row["batch"] for row in clip}, reverse=True):
        rows = [row for row in clip if row["batch"] == batch]
        times = {
            variant: min(row["median_ms"] for row in rows if row["variant"] == variant)
            for variant in _VARIANTS
            if any(row["variant"] == variant for row in rows)
        }
        base = {row["variant"]: row["median_ms"] for row in rows if row["how"] == "reference"}
        gains = ", ".join(
            f"{_VARIANTS[variant]} {base[variant] / ms:.1f} times"
            for variant, ms in times.items()
            if variant in base
        )
        clips = f"{batch} clip{'s' * (batch > 1)}"
        text = f"- {clips} at once, bfloat16: the fastest path is faster than the plain reference by {gains}"
        if {"fixation", "linear"} <= set(times):
            text += f"; fixation takes {times['fixation'] / times['linear']:.2f} times as long as linear"
        lines.append(text + ".")
    return "\n".join(lines)


def _crossings(results: dict[str, Any]) -> str:
    """Say from how many tokens on one layer of linear attention takes less time than softmax."""
    rows = results["attention"]
    found = []
    for batch in sorted({row["batch"] for row in rows}):
        best: dict[str, dict[int, float]] = {}
        for row in rows:
            if row["batch"] == batch and row["how"] != "reference":
                line = best.setdefault(row["variant"], {})
                line[row["tokens"]] = min(row["median_ms"], line.get(row["tokens"], math.inf))
        softmax = best.pop("softmax", {})
        for variant, line in sorted(best.items()):
            shared = sorted(set(line) & set(softmax))
            if not shared:
                continue
            slower = [n for n in shared if line[n] >= softmax[n]]
            after = [n for n in shared if not slower or n > slower[-1]]
            where = (
                f"from {after[0]:,} tokens on" if after else f"nowhere up to {shared[-1]:,} tokens"
            )
            if after and after[0] == shared[0]:
                where = f"at all sizes measured, {shared[0]:,} tokens and more"
            clips = f"{batch} clip{'s' * (batch > 1)}"
            found.append(f"- {clips}: {_VARIANTS[variant]} {where}.")
    if not found:
        return ""
    return "\n".join(["One layer takes less time than with fused softmax attention:", "", *found])


def _against_tokens(results: dict[str, Any]) -> str:
    """Return the table of times of one layer and of the network against tokens, with their exponents."""
    rows = []
    for what in ("attention", "model"):
        lines: dict[tuple[str, str, str, int], dict[int, float]] = {}
        for row in results[what]:
            key = (row.get("along", ""), row["variant"], row["how"], row["batch"])
            lines.setdefault(key, {})[row["tokens"]] = row["median_ms"]
        for (along, variant, how, batch), times in sorted(lines.items()):
            (few, first), (many, last) = min(times.items()), max(times.items())
            subject = "one layer" if what == "attention" else f"network, more {along}"
            subject = subject.replace("more size", "larger frames")
            larger = sorted(times.items())[(len(times) - 1) // 2 :]
            fit = _exponent(larger)
            rows.append(
                (
                    *(subject, _VARIANTS[variant], _WAYS[how], str(batch)),
                    *(f"{first:.2f} ({few:,})", f"{last:.2f} ({many:,})"),
                    "–" if fit is None else f"{fit:.2f}",
                )
            )
    if not rows:
        return ""
    head = ("what", "attention", "path", "clips", "ms (tokens), least", "ms (tokens), most")
    return "\n".join(
        [
            "Against the tokens of a clip, in bfloat16. The exponent is that of the larger half; "
            "far below 1, the card waits for the launches of kernels, and the exponent says little.",
            "",
            *_table((*head, "exponent"), rows),
        ]
    )


def _exponent(points: list[tuple[int, float]]) -> float | None:
    """Return the slope of log y against log x by least squares; None for fewer than two points."""
    if len(points) < 2:
        return None
    x, y = ([math.log(point[i]) for point in points] for i in (0, 1))
    return statistics.linear_regression(x, y).slope


def _measured(name: str) -> dict[str, Any] | None:
    """Return what a script of benchmarks/ wrote into docs/; None where it did not run yet."""
    path = DOCS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _scale_part(name: str) -> str:
    """Return a part of docs/scale.md; see docs/scale_page.py."""
    results = _measured("scale")
    if results is None:
        return "Not measured yet."
    part: Callable[..., str] = _SCALE["PARTS"][name]
    return part(results, _table)


def clip_columns_text() -> str:
    """A table of the columns of clips.parquet."""
    return "\n".join(_columns_table(CLIP_COLUMNS))


def set_tables_text() -> str:
    """A section for each table of a data set of many clips."""
    parts = []
    for table in SET_TABLES.values():
        folder = f"`{table.name}/{'model=NAME/' if table.by_model else ''}`"
        head = (
            f"### {table.name}\n\n{folder}. One row is one of: {table.about.removeprefix('one ')}."
        )
        columns = [column for column in table.columns if column.name != "run"]
        parts.append("\n".join([head, "", *_columns_table(columns)]))
    return "\n\n".join(parts)


def _columns_table(columns: Sequence[Column]) -> list[str]:
    types = arrow_schema(columns)
    rows = [(f"`{c.name}`", str(types.field(c.name).type), c.about) for c in columns]
    return _table(("column", "type", "meaning"), rows)


def _literal(text: str) -> str:
    """Text whose signs Markdown shall not read as its own."""
    return re.sub(r"([*_<\\])", r"\\\1", text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    lines = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    first, *others = ("| " + " | ".join(cells) + " |" for cells in (head, *lines))
    return [first, "|" + " --- |" * len(head), *others]


PARTS: Final[dict[str, Callable[[], str]]] = {
    "commands": commands_text,
    "settings": settings_text,
    "measures of rows": lambda: measures_text(ROW_MEASURES),
    "measures against the truth": lambda: measures_text(TARGET_MEASURES),
    "measures against motion": lambda: measures_text(MOTION_MEASURES),
    "what follows from a measure": conclusions_text,
    "containers": containers_text,
    "codecs": codecs_text,
    "glossary": glossary_text,
    "parameters of Watch": player_text,
    "speed on a CPU": cpu_speed_text,
    "speed on a GPU": gpu_speed_text,
    "columns of clips": clip_columns_text,
    "tables of many clips": set_tables_text,
    **{name: partial(_scale_part, name) for name in _SCALE["PARTS"]},
}
"""By the name in the comments of the pages."""
_PART: Final = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def filled(page: str) -> str:
    """Return a page with its generated parts as the code has them now."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", page)


def pages() -> list[Path]:
    """Return the pages that have a generated part."""
    return [p for p in sorted(DOCS.rglob("*.md")) if "<!-- generated: " in p.read_text("utf-8")]


def main() -> None:
    """Write the generated parts of all pages again, and name the pages that changed."""
    for path in pages():
        before = path.read_text("utf-8")
        after = filled(before)
        if after != before:
            path.write_text(after, "utf-8")
            sys.stdout.write(f"{path.relative_to(DOCS.parent)}\n")
    results = _measured("scale")
    if results is not None:
        (DOCS / "images/scale.svg").write_text(_SCALE["figure"](results), "utf-8")


if __name__ == "__main__":
    main()
