"""The first parts of a report: what was analyzed, with which models, and what they predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixviz.drawing.markup import Html, join, tag
from fixviz.errors import ConfigError
from fixviz.model.config import ModelConfig
from fixviz.reading.clip_facts import facts as clip_facts
from fixviz.reading.clip_facts import notes as clip_notes
from fixviz.reading.counting import DETAILS
from fixviz.reading.figures import predictions as figures
from fixviz.reading.model_facts import facts as configuration
from fixviz.reading.texts import verdict
from fixviz.reading.verdict import sentences
from fixviz.reading.views import View
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet, section, text


def header(view: View, options: ReportOptions) -> Html:
    """Return title, author, notes, and which view the figures show."""
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
    """Return the clip, its sampling, what is damaged in it, and the models with their configurations."""
    manifest = view.run.manifest
    facts = [pair for pair in clip_facts(dict(manifest)) if not pair[0].startswith("SHA")]
    facts.insert(0, ("Clip", manifest["clip"]["name"]))
    if (manifest.get("truth") or {}).get("segments"):
        classes = ", ".join(str(s["class"]) for s in manifest["truth"]["segments"])
        facts.append(("Truth", f"drawn by fixviz; shows {classes}"))
    if "created" in manifest:
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
    """Return what every model looks at and answers in one frame, over the clip and window by window."""
    said = [tag("li", sentence) for sentence in sentences(view)]
    return section(
        "predictions",
        "Predictions",
        tag("h3", f"{verdict.TITLE}: frame {view.frame}"),
        tag("ul", *said),
        text(" ".join(verdict.HOW)),
        tag("h3", "Over the clip"),
        sheet.draw(figures.mean_probabilities(view.run)),
        tag("h3", "Window by window"),
        sheet.draw(figures.class_per_window(view.run)),
    )
