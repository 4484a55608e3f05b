"""Say which checkpoint a training starts from. Free of torch."""

from __future__ import annotations

from pathlib import Path

from fixviz.errors import OptionError
from fixviz.model.config import checkpoint_names

SHIPPED, SCRATCH = "shipped", "scratch"


def starting_checkpoint(name: str, source: str, *, alone: bool = False) -> str | Path:
    """Return the name or folder of the checkpoint that the model `name` starts from.

    source: "shipped", a folder with a checkpoint of that name, or for a model that is trained `alone` any
    checkpoint. Raises OptionError where there is none.
    """
    if source == SHIPPED:
        if name not in checkpoint_names():
            raise OptionError(
                f"There is no shipped checkpoint {name!r} to start from; there are"
                f" {', '.join(checkpoint_names())}. Start with --from scratch, or from a folder."
            )
        return name
    folder = Path(source).expanduser()
    if (folder / name / "config.json").is_file():
        return folder / name
    if alone:
        return source
    raise OptionError(
        f"{source} holds no checkpoint named {name}. To train several models, name a folder that has one of"
        " each, or one model with --model."
    )
