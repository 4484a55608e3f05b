"""Define `fixviz import-official`, which converts one of the authors' files to a checkpoint folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from fixviz.errors import OptionError


@click.command(name="import-official")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--overwrite", is_flag=True, help="Replace the checkpoint that --out holds.")
@click.option("--title", help="Name to show.  [default: the folder's name]")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="JSON file with fields of the model's configuration; it wins over what FILE says.",
)
def command(file: Path, out: Path, overwrite: bool, title: str | None, config: Path | None) -> None:
    """Convert FILE, a checkpoint of the paper's authors, into a fixviz checkpoint folder."""
    from fixviz.model.checkpoints import save_checkpoint
    from fixviz.model.official import import_official_checkpoint

    if out.exists() and not out.is_dir():
        raise OptionError(f"{out} is a file; name a folder.")
    if not overwrite and out.is_dir() and any(out.iterdir()):
        raise OptionError(
            f"{out} exists already and is not empty: name another folder, or add --overwrite to "
            "replace the checkpoint in it."
        )
    model = import_official_checkpoint(file, _read_fields(config) if config else None)
    size = sum(p.numel() for p in model.parameters())
    title = title or out.name
    source = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    card = (
        f"# {title}\n\nImported from `{source['file']}` (SHA-256 `{source['sha256']}`), a checkpoint "
        f"of the authors of arXiv 2210.08164. {size:,} parameters.\n"
    )
    save_checkpoint(out, model, title=title, card=card, extra={"imported_from": source})
    click.echo(f"{out}: {size:,} parameters, {model.config.num_classes} classes")


def _read_fields(path: Path) -> dict[str, object]:
    from fixviz.model.plain_text import read_json

    try:
        fields = read_json(path.read_bytes(), str(path))
    except OSError as error:
        raise OptionError(f"{path} cannot be read ({error.strerror}).") from None
    if not isinstance(fields, dict):
        raise OptionError(f"{path} must hold one JSON object of configuration fields.")
    return fields
