"""The models on offer: those that come with fixviz, then the visitor's own."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from fixviz.engine import DEFAULT_MODELS
from fixviz.errors import FixvizError
from fixviz.model.config import ModelConfig, checkpoint_names, read_config, resolve_checkpoint
from fixviz.model.frame_sizes import trained_sizes
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.text import warn

_WANTED = "choose_models"


@dataclass(frozen=True)
class Offered:
    """A model that can be chosen."""

    title: str
    """Different from the titles of all other models."""
    config: ModelConfig
    sizes: tuple[int, ...]
    """Frame sizes that it was trained on, in pixels of the short side."""
    own: bool


def offered() -> dict[str, Offered]:
    """List the models that the visitor may choose, by name. Damaged ones are left out."""
    found: dict[str, Offered] = {}
    for name in checkpoint_names():
        with contextlib.suppress(FixvizError):
            info = read_config(resolve_checkpoint(name))
            found[name] = Offered(info.title, info.config, trained_sizes(info), own=False)
    for model in services().models.list(current_owner()):
        info = model.info
        found[model.name] = Offered(model.title, info.config, trained_sizes(info), own=True)
    return with_own_titles(found)


def with_own_titles(models: Mapping[str, Offered]) -> dict[str, Offered]:
    """Return the same models; titles that occur twice are told apart by the end of the name."""
    titles = Counter(model.title for model in models.values())
    return {
        name: model
        if titles[model.title] == 1
        else replace(model, title=f"{model.title} ({name[-4:]})")
        for name, model in models.items()
    }


def choose_models(
    models: Mapping[str, Offered], key: str, first: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Let the visitor choose the models of a run, and warn if they cannot share one.

    first: the models that are chosen at first; None means those that `prefer` was given, or else the three
    main models.
    """
    wanted = st.session_state.get(_WANTED, DEFAULT_MODELS) if first is None else first
    chosen = st.multiselect(
        "Models",
        list(models),
        default=[name for name in wanted if name in models],
        format_func=lambda name: models[name].title,
        key=key,
        help="Every model gets its own panel. To use a checkpoint of your own, load it on the page Models.",
    )
    sentence = clash({models[name].title: models[name].config for name in chosen})
    if sentence is not None:
        warn(sentence, ":material/speed:")
    return tuple(chosen)


def prefer(names: Sequence[str]) -> None:
    """Preselect these models the next time somebody chooses models in this session."""
    st.session_state[_WANTED] = tuple(names)


def clash(configs: Mapping[str, ModelConfig]) -> str | None:
    """Say why models (by title) cannot share a run: each needs frames at its own rate. None if they can."""
    rates = {title: config.frame_rate for title, config in configs.items()}
    if len(set(rates.values())) < 2:
        return None
    listed = ", ".join(f"{title}: {rate:g}" for title, rate in rates.items())
    return (
        f"These models were trained at different frame rates ({listed} frames/s). Choose models of one "
        "rate, and analyze the others in a run of their own."
    )
