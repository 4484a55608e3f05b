"""Define `fixviz derive`, which writes to a folder what pages compute from a stored run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.convergence import mark
from fixviz.analysis.attribution.shared_class import frame_of_window, shared_class
from fixviz.analysis.kinds import KINDS
from fixviz.cli.analyze import Progress
from fixviz.engine import DeriveRequest, Engine
from fixviz.errors import OptionError, StorageError
from fixviz.reading.exports.guarded_folders import (
    ARRAYS,
    DESCRIPTION,
    RUN_KEY,
    check_folder,
    check_strangers,
    remove_others,
)
from fixviz.settings import Settings
from fixviz.store import Store

_OF_A_CLASS: Final = ("attribution", "faithfulness")
"""Kinds that explain the class that all models of the run share, unless a target is given."""


class _Command(click.Command):
    """List the kinds in the help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Kinds"):
            formatter.write_dl([(name, kind.about) for name, kind in KINDS.items()])


@click.command(name="derive", cls=_Command, context_settings={"ignore_unknown_options": True})
@click.argument("run")
@click.argument("kind")
@click.option("--model", required=True, help="A model of the run: its name or folder.")
@click.option(
    "--set",
    "settings_given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument of the kind; VALUE is JSON or plain text. Repeat for several.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--overwrite", is_flag=True, help="Replace the other results that --out holds.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
def command(
    run: str,
    kind: str,
    model: str,
    settings_given: tuple[str, ...],
    out: Path,
    overwrite: bool,
    device: str,
) -> None:
    """Compute KIND from the stored RUN; write description.json and arrays.npz to --out.

    RUN is the handle that `fixviz analyze` prints. The kinds are listed below, their arguments in
    docs/reference/run-format.md under "Derived results". An example:
    `fixviz derive RUN attribution --model fixation --set method=occlusion --out occlusion`.

    Attribution and faithfulness explain one class for all models of the run, unless --set target=...
    says another: where the truth of the clip is known, the class that the window (without a window, the
    clip) shows, else the class with the highest mean probability over the models.
    """
    arguments = dict(_argument(text) for text in settings_given)
    settings = Settings.from_env()
    store = Store(settings)
    with Engine(settings, store) as engine, Progress() as progress:
        name = engine.know(model) if Path(model).is_dir() else model
        if kind in _OF_A_CLASS and "target" not in arguments:
            arguments |= _shared_target(store.manifest(run), name, kind, arguments)
        request = DeriveRequest(run, kind, name, arguments, device)
        job = engine.derive(request)
        try:
            key = store.key_of(run)
            if not overwrite:
                check_folder(out, key, request.name)
                check_strangers(out, (DESCRIPTION, ARRAYS))
            while not (status := job.wait(0.1)).finished:
                progress.show(status)
            job.result()
        except BaseException:
            job.cancel()
            raise
    found = store.derived(run, request.name)
    assert found is not None
    arrays: dict[str, Any] = {
        name: store.derived_array(run, request.name, name) for name in found["arrays"]
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        remove_others(out, key, request.name)
        text = json.dumps({**found, RUN_KEY: key}, indent=1) + "\n"
        (out / DESCRIPTION).write_text(text, encoding="utf-8")
        np.savez_compressed(out / ARRAYS, **arrays)
    except OSError as error:
        raise StorageError(f"The result could not be written to {out} ({error}).") from None
    if kind in _OF_A_CLASS and (warning := mark(found)):
        click.echo(warning, err=True)
    for name in (DESCRIPTION, ARRAYS):
        click.echo(out / name)


def _shared_target(
    manifest: Mapping[str, Any], model: str, kind: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the target that the models of the run share; empty where this model lacks that class."""
    entry = next((entry for entry in manifest["models"] if entry["name"] == model), None)
    window = arguments.get("window", 0 if kind == "faithfulness" else None)
    known = entry is not None and (
        window is None or window in range(len(entry["windows"]["start"]))
    )
    method = METHODS.get(str(arguments.get("method")))
    if entry is None or not known or method is None or not method.uses_target:
        return {}
    shared = shared_class(manifest, None if window is None else frame_of_window(entry, window))
    where = "clip" if window is None else "window"
    if shared.name not in entry["classes"]:
        return {}
    why = (
        f"the true class of the {where}"
        if shared.true
        else f"the class with the highest mean probability over the run's models in the {where}"
    )
    click.echo(
        f"Explained class: {shared.name}, {why}; --set target=predicted takes the model's own."
    )
    return {"target": entry["classes"].index(shared.name)}


def _argument(text: str) -> tuple[str, Any]:
    """Return ("layer", 2) for "layer=2", ("method", "occlusion") for "method=occlusion"."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise OptionError(f"--set {text!r} is not NAME=VALUE, such as layer=2.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
