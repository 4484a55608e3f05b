"""The first parts of a report: what was analyzed, with which models, and what they predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fixviz.drawing.markup import Html, join, tag
from fixviz.errors import ConfigError
from fixviz.model.config import ModelConfig
from fixviz.reading.clip_facts import facts as clip_facts
from fixviz.reading.clip_facts import notes as clip_notes
from fixviz.reading.counting import DETAILS
from fixviz.reading.model_facts import facts as configuration
from fixviz.reading.notes import notes_of
from fixviz.reading.views import View
from fixviz.report import svg
from fixviz.report.drawing import NARROW, Series
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet, row, section, text

_CLASSES = 5


def header(view: View, options: ReportOptions) -> Html:
    """Title, author, notes, and which view the figures show."""
    name = view.run.manifest["clip"]["name"]
    title = options.title.strip() or f"Attention on {name}"
    parts = [tag("h1", title)]
    if options.author.strip():
        parts.append(tag("p", options.author.strip(), class_="author"))
    parts += [
        tag("p", part, class_="notes") for part in options.notes.split("\n\n") if part.strip()
    ]
    parts.append(
        text(
            f"Unless a figure says otherwise, it shows {view.place}; {view.time}. Layers, heads, "
            "frames and windows count from 0."
        )
    )
    parts.append(text(DETAILS))
    return tag("header", *parts)


def clip(sheet: Sheet, view: View) -> Html:
    """The clip, its sampling, what is damaged in it, and the models with their configurations."""
    manifest = view.run.manifest
    facts = [pair for pair in clip_facts(dict(manifest)) if not pair[0].startswith("SHA")]
    facts.insert(0, ("Clip", manifest["clip"]["name"]))
    crop = manifest["sampling"].get("crop")
    if crop:
        left, top, width, height = crop
        facts.append(("Crop", f"{width} × {height} px at {left}, {top} of the upright video"))
    if manifest.get("truth"):
        classes = ", ".join(str(s["class"]) for s in manifest["truth"]["segments"])
        facts.append(("Truth", f"drawn by fixviz; shows {classes}"))
    facts.append(("Analyzed on", str(manifest["created"])))
    facts.append(("Made with", f"fixviz {manifest['fixviz']}, torch {manifest['torch']}"))
    listed = [join([tag("dt", name), tag("dd", value)]) for name, value in facts]
    sha = join(
        [tag("dt", "SHA-256 of the file"), tag("dd", tag("code", manifest["clip"]["sha256"]))]
    )
    noted = [tag("li", note) for note in clip_notes(dict(manifest))]
    parts = [tag("dl", *listed, sha)]
    if noted:
        parts += [tag("h3", "Notes about the file"), tag("ul", *noted)]
    parts.append(tag("h3", "Models"))
    parts.append(tag("div", *(_model(entry) for entry in view.run.models), class_="cards row"))
    return section("clip", "Clip and models", *parts)


def _model(entry: Mapping[str, Any]) -> Html:
    try:
        facts = configuration(ModelConfig.from_dict(entry["config"]))
    except ConfigError:
        facts = [("Size", f"{entry['layers']} layers, {entry['heads']} heads")]
    facts.append(("Name", str(entry["name"])))
    pairs = [join([tag("dt", name), tag("dd", value)]) for name, value in facts]
    sha = join(
        [tag("dt", "SHA-256 of the checkpoint"), tag("dd", tag("code", entry["checkpoint_sha256"]))]
    )
    return tag("div", tag("h4", entry["title"]), tag("dl", *pairs, sha), class_="card")


def predictions(sheet: Sheet, view: View) -> Html:
    """The most probable classes of every model, over the clip and window by window."""
    entries = view.run.models
    charts = [_top_classes(view, entry) for entry in entries]
    notes = " ".join(notes_of(entries))
    checkpoints = "; ".join(view.run.checkpoint(entry["name"]) for entry in entries)
    chart = sheet.figure(
        row(*charts),
        caption=f"Class probabilities, mean over all windows of the clip, the {_CLASSES} highest of "
        f"each model. {checkpoints}.",
        follows=f"A probability says how sure a model is among the classes it knows, not how likely "
        f"it is to be right: every clip gets some class. {notes}".strip(),
        numbers={
            "model": [e["title"] for e in entries for _ in e["classes"]],
            "class": [c for e in entries for c in e["classes"]],
            "mean probability": [float(p) for e in entries for p in np.mean(e["probabilities"], 0)],
        },
    )
    table = sheet.table(
        _per_window(view),
        caption=f"Most probable class in every window, with its probability. {checkpoints}.",
        follows="Windows overlap, so neighbors share frames. Where the class changes from one window to "
        "the next, the mean over the clip stands for neither.",
    )
    return section("predictions", "Predictions", chart, table)


def _top_classes(view: View, entry: Mapping[str, Any]) -> Html:
    mean = np.mean(entry["probabilities"], 0)
    order = np.argsort(-mean, kind="stable")[:_CLASSES]
    labels = [str(entry["classes"][i]) for i in order]
    top = ", ".join(f"{label} {mean[i]:.2f}" for label, i in zip(labels, order, strict=True))
    color = view.run.place(entry["name"])
    chart = svg.bars(
        labels,
        [Series(entry["title"], mean[order], color)],
        title="mean probability",
        alt=f"Mean probabilities of {entry['title']}: {top}",
        span=(0.0, 1.0),
        form="{:.2f}".format,
        across=NARROW,
    )
    return tag("div", tag("h3", entry["title"]), chart)


def _per_window(view: View) -> dict[str, list[Any]]:
    """One row a window; models whose windows differ have rows of their own."""
    run = view.run
    spans = sorted({span for entry in run.models for span in _spans(view, entry)})
    columns: dict[str, list[Any]] = {
        "Window": [
            f"frames {a} to {b}, {run.timestamp(a):.2f} to {run.timestamp(b):.2f} s"
            for a, b in spans
        ]
    }
    for entry in run.models:
        found = {}
        for span, probabilities in zip(_spans(view, entry), entry["probabilities"], strict=True):
            best = int(np.argmax(probabilities))
            found[span] = f"{entry['classes'][best]} {probabilities[best]:.2f}"
        columns[_unused(entry["title"], columns)] = [found.get(span) for span in spans]
    return columns


def _spans(view: View, entry: Mapping[str, Any]) -> list[tuple[int, int]]:
    length = entry["windows"]["frames"]
    return [(s, min(s + length, view.run.frames) - 1) for s in entry["windows"]["start"]]


def _unused(title: str, columns: Mapping[str, Any]) -> str:
    """Two models may have the same title."""
    return title if title not in columns else _unused(f"{title} ", columns)
