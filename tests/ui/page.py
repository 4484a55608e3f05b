"""A page as the shell shows it, without a browser, and readers of what is on it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

SHELL = Path(__file__).resolve().parents[2] / "fixviz" / "ui" / "shell.py"


def page_path(page: str) -> str:
    """What `AppTest.switch_page` calls a page such as "inspect/fixation"."""
    return f"../../pages/{page}.py"


def open_page(
    page: str | None = None,
    run: str | None = None,
    *,
    owner: str | None = None,
    **parameters: object,
) -> AppTest:
    """The app on a page such as "inspect/fixation"; on its first page without one.

    `run` and `parameters` are query parameters; `owner` is the person at the browser.
    """
    at = AppTest.from_file(str(SHELL), default_timeout=240)
    if run is not None:
        at.query_params["run"] = run
    for name, value in parameters.items():
        at.query_params[name] = str(value)
    if owner is not None:
        at.session_state["fixviz_session_owner"] = owner
    if page is not None:
        at.switch_page(page_path(page))
    at.run()
    assert not at.exception
    return at


def component_data(at: AppTest, key: str) -> dict[str, Any]:
    """What the browser's half of a component gets: of the first whose data have this key."""
    for component in at.get("bidi_component"):
        data = json.loads(component.proto.json or "{}")
        if key in data:
            return dict(data)
    raise AssertionError(f"the page has no component whose data have {key!r}")


def charts(at: AppTest) -> list[dict[str, Any]]:
    """All charts of the page, as plotly gets them."""
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def numbers(values: Any) -> NDArray[np.float64]:
    """Values of a chart as plotly gets them: a list, or an array's bytes with dtype and shape."""
    if not isinstance(values, dict):
        return np.array([np.nan if v is None else v for v in values], float)
    array = np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"]))
    shape = values.get("shape")
    shaped = array.reshape([int(n) for n in shape.split(",")]) if shape else array
    return shaped.astype(float)


def text(at: AppTest) -> str:
    """All text of the page, but titles and what widgets say."""
    return "\n".join(str(element.value) for element in at.markdown)
