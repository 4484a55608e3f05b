"""The one store and the one engine of this process, shared by pages, routes and start-up."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from fixviz.course import shipped
from fixviz.engine import Engine
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import OwnModels
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.teaching.examples import ExampleSets


@dataclass(frozen=True)
class Services:
    """What pages and routes work with."""

    settings: Settings
    store: Store
    engine: Engine
    models: OwnModels
    loader: CheckpointLoader
    examples: ExampleSets


def services() -> Services:
    """Return the services for the settings in the environment; they are made on the first call."""
    return _make(Settings.from_env())


@st.cache_resource(show_spinner=False)
def _make(settings: Settings) -> Services:
    store = Store(settings)
    models = OwnModels(settings)
    engine = Engine(settings, store, shipped=shipped.home(shipped.folder()))
    loader = CheckpointLoader(models)
    return Services(settings, store, engine, models, loader, ExampleSets(settings))
