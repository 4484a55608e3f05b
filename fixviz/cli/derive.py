"""`fixviz derive`: what the pages compute from a stored run on request, written to a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from fixviz.cli.analyze import Progress
from fixviz.engine import DeriveRequest, Engine
from fixviz.engine.folders import (
    ARRAYS,
    DESCRIPTION,
    RUN_KEY,
    check_folder,
    check_strangers,
    remove_others,
)
from fixviz.errors import OptionError, StorageError
from fixviz.settings import Settings
from fixviz.store import Store


@click.command(name="derive", context_settings={"ignore_unknown_options": True})
@click.argument("run")
@click.argument("kind")
@click.option("--model", required=True, help="A model of the run: its name or folder.")
@click.option(
    "--set",
    "settings_given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument of the kind, its value as JSON or plain text; repeat for several.",
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

    RUN is the handle that `fixviz analyze` prints. The kinds and their arguments are listed in
    docs/run-format.md under "Derived results", such as
    `fixviz derive RUN attribution --model fixation --set method=occlusion --out occlusion`.
    """
    arguments = dict(_argument(text) for text in settings_given)
    settings = Settings.from_env()
    store = Store(settings)
    with Engine(settings, store) as engine, Progress() as progress:
        name = engine.know(model) if Path(model).is_dir() else model
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
    arrays = {name: store.derived_array(run, request.name, name) for name in found["arrays"]}
    try:
        out.mkdir(parents=True, exist_ok=True)
        remove_others(out, key, request.name)
        text = json.dumps({**found, RUN_KEY: key}, indent=1) + "\n"
        (out / DESCRIPTION).write_text(text, encoding="utf-8")
        np.savez_compressed(out / ARRAYS, allow_pickle=False, **arrays)
    except OSError as error:
        raise StorageError(f"The result could not be written to {out} ({error}).") from None
    for name in (DESCRIPTION, ARRAYS):
        click.echo(out / name)


def _argument(text: str) -> tuple[str, Any]:
    """("layer", 2) from "layer=2", ("method", "occlusion") from "method=occlusion"."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise OptionError(f"--set {text!r} is not NAME=VALUE, such as layer=2.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
