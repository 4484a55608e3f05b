"""The last parts of a report: how exact the maps are, what the terms mean, how to make it again."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

from fixviz.analysis.attribution.catalog import PREDICTED
from fixviz.drawing.markup import Html, join, tag
from fixviz.reading.definitions import help_for
from fixviz.reading.figures.figure import Figure
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredRun
from fixviz.reading.views import View
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet, section, text
from fixviz.version import __version__

_SETTINGS: Final = {
    "rate_hz": "frames per second",
    "start_s": "start (s)",
    "end_s": "end (s)",
    "requested_end_s": "end as asked for (s)",
    "mode": "windows",
    "truncated": "cut to the most frames",
    "crop": "crop (left, top, width, height)",
}
"""Names of settings as the report writes them."""


def exactness(sheet: Sheet, view: View) -> Html:
    """Return the rebuild errors of every model, axis and layer."""
    entries = [entry for entry in view.run.models if entry.get("rebuild_error")]
    if not entries:
        return Html("")
    layers = max(entry["layers"] for entry in entries)
    columns: dict[str, list[Any]] = {"Model": [], "Attention": []}
    columns |= {f"Layer {layer}": [] for layer in range(layers)}
    for entry in entries:
        for axis, errors in entry["rebuild_error"].items():
            columns["Model"].append(entry["title"])
            columns["Attention"].append(axis)
            for layer in range(layers):
                found = f"{errors[layer]:.1e}" if layer < len(errors) else None
                columns[f"Layer {layer}"].append(found)
    checkpoints = "; ".join(view.run.checkpoint(entry["name"]) for entry in entries)
    figure = Figure(
        "rebuild-errors",
        None,
        table=columns,
        alt="Rebuild errors by model, attention and layer",
        caption="Rebuild error: the largest difference between the attention weights of the maps times "
        "the values and the network's own output of that attention, in float32, relative to the largest "
        f"output; over the whole clip. {checkpoints}.",
        follows="Small numbers show that the maps are the weights that the network used, up to rounding. "
        "Larger ones can stand where fixation leaves almost nothing of a query: linear attention adds "
        "1e-6 to its denominator, and the map leaves that out. "
        "They say nothing about whether the network is right, or what it would do without those weights.",
    )
    title = "Are these the weights that the network used?"
    return section("exactness", title, sheet.draw(figure))


def definitions(sheet: Sheet) -> Html:
    """Return every term that the figures used, with its definition."""
    pairs = [
        join([tag("dt", capital(term)), tag("dd", help_for(term))])
        for term in sorted(sheet.terms, key=str.casefold)
    ]
    return (
        section("definitions", "Definitions", tag("dl", *pairs, class_="terms"))
        if pairs
        else Html("")
    )


def reproduce(view: View, run: StoredRun, options: ReportOptions) -> Html:
    """Write the section with the commands, hashes and settings that lead to the same numbers."""
    manifest = run.manifest
    name = manifest["clip"]["name"]
    checked = [(manifest["clip"]["sha256"], name)]
    checked += [(entry["checkpoint_sha256"], f"checkpoint {entry['name']}") for entry in run.models]
    command = tag("pre", tag("code", analyze_command(manifest)), tabindex=0)
    again = tag("pre", tag("code", report_command(view, options)), tabindex=0)
    derived = derive_commands(run)
    later = tag("pre", tag("code", "\n".join(derived)), tabindex=0)
    hashes = tag(
        "pre", tag("code", "\n".join(f"{sha}  {what}" for sha, what in checked)), tabindex=0
    )
    settings = {
        **{k: v for k, v in manifest["sampling"].items() if v is not None},
        "device": manifest["device"],
        "torch": manifest["torch"],
        "run made with fixviz": manifest["fixviz"],
        "report made with fixviz": __version__,
        "manifest schema": manifest.get("schema"),
    }
    pairs = [
        join([tag("dt", _SETTINGS.get(k, k)), tag("dd", tag("code", _plain(v)))])
        for k, v in settings.items()
    ]
    return section(
        "reproduce",
        "To make it again",
        text(
            "The same file and the same checkpoints give the same numbers up to rounding, which differs "
            "between devices and versions of torch. Checkpoints that are not shipped with fixviz are "
            "named by their folder."
        ),
        command,
        text(
            "It prints the handle of the run. What was computed from it later, and then the report:"
        ),
        *([later] if derived else []),
        again,
        tag("h3", "SHA-256"),
        hashes,
        tag("h3", "Settings"),
        tag("dl", *pairs),
        tag("h3", "Key of the run"),
        text(
            "SHA-256 of what was asked for (file, sampling, checkpoints, options); somebody who asks for "
            "the same gets a run of the same key."
        ),
        tag("pre", tag("code", run.store.key_of(run.handle)), tabindex=0),
        tag("h3", "Source"),
        text("Linear Video Transformer with Feature Fixation, arXiv 2210.08164."),
    )


def _plain(value: Any) -> Any:
    """Write yes or no for a setting that is true or false; leave others as they are."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def analyze_command(manifest: Any) -> str:
    """Write the command that makes the same run of the same file."""
    sampling, models = manifest["sampling"], [entry["name"] for entry in manifest["models"]]
    parts = ["fixviz", "analyze", manifest["clip"]["name"], "--out", "results"]
    parts += ["--models", ",".join(models), "--start", f"{sampling['start_s']:g}"]
    end = sampling.get("requested_end_s") or sampling["end_s"]
    parts += ["--end", f"{end:.6g}", "--frames", str(sampling["frames"])]
    if sampling.get("crop"):
        parts += ["--crop", ",".join(str(v) for v in sampling["crop"])]
    return shlex.join(parts)


def derive_commands(run: StoredRun) -> list[str]:
    """Write the commands that compute again what was computed after the analysis."""
    commands = []
    for kind in ("leave_one_out", "left_out_predictions", "attribution", "faithfulness", "what_if"):
        for count, result in enumerate(run.all_derived(kind)):
            request = result.request
            parts = ["fixviz", "derive", "HANDLE", kind, "--model", request.model]
            arguments = dict(request.arguments)
            if kind in ("attribution", "faithfulness"):
                # Without a target the command explains the class that all models share.
                arguments.setdefault("target", PREDICTED)
            for name, value in arguments.items():
                plain = isinstance(value, str) and value.replace("_", "").isalpha()
                parts += ["--set", f"{name}={value if plain else json.dumps(value)}"]
            commands.append(shlex.join([*parts, "--out", f"{kind}-{request.model}-{count}"]))
    return commands


def report_command(view: View, options: ReportOptions) -> str:
    """Write the command that makes this report; it says HANDLE because the handle is private."""
    parts = ["--axis", view.axis, "--layer", str(view.layer), "--frame", str(view.frame)]
    if view.head is not None:
        parts += ["--head", str(view.head)]
    for name in ("title", "author"):
        if getattr(options, name):
            parts += [f"--{name}", getattr(options, name)]
    return f"fixviz report HANDLE {shlex.join(parts)}"
