"""URLs hold short query parameters that do not depend on labels, and open the view that they name."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from streamlit.testing.v1 import AppTest

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.measure_table import MEASURES
from fixviz.reading.texts.what_if import QUANTITIES
from fixviz.report.options import read_link
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.player_parameters import VIEW_PARAMETERS
from tests.ui.concentration_run import concentration_run
from tests.ui.synthetic import TITLES

ROOT = Path(__file__).resolve().parents[2]
SHELL = ROOT / "fixviz" / "ui" / "shell.py"
PAGES = "../../pages/inspect"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    store = Store(Settings(home=tmp_path))
    return store.publish("7" * 64, *concentration_run(), owner="test", name="target.mp4")


def start(page: str = "concentration", **query: str) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=240)
    for key, value in query.items():
        at.query_params[key] = value
    at.switch_page(f"{PAGES}/{page}.py").run()
    assert not at.exception
    return at


def url_parameters(at: AppTest) -> dict[str, str]:
    """One value for each parameter, as a list or by itself, by the version of Streamlit."""
    values = {name: at.query_params[name] for name in at.query_params}
    return {name: v[0] if isinstance(v, list) else v for name, v in values.items()}


def chosen(at: AppTest) -> dict[str, object]:
    return {box.key: box.value for box in (*at.selectbox, *at.slider)}


def test_what_is_chosen_is_named_by_short_parameters(run: str) -> None:
    at = start(run=run)
    assert url_parameters(at) == {"run": run}
    at.selectbox(key="on_axis").set_value("temporal")
    at.selectbox(key="on_layer").set_value("1")
    at.selectbox(key="on_head").set_value("3")
    at.slider(key="on_frame").set_value(7)
    at.selectbox(key="concentration_measure").set_value("top10_mass")
    at.segmented_control(key="target_values").set_value("frame").run()
    found = url_parameters(at)
    assert found == {
        **{"run": run, "axis": "temporal", "layer": "1", "head": "3", "frame": "7"},
        **{"measure": "top10_mass", "target_of": "frame"},
    }
    assert all(re.fullmatch(r"[\w.-]+", value) for value in found.values())
    again = start(**found)
    assert chosen(again) == chosen(at)
    assert again.segmented_control(key="target_values").value == "frame"
    assert url_parameters(again) == found
    # Back to the defaults, which the URL leaves out.
    at.selectbox(key="on_head").set_value("mean")
    at.slider(key="on_frame").set_value(4).run()
    assert set(found) - set(url_parameters(at)) == {"head", "frame"}


def test_a_link_of_an_earlier_version_still_opens_and_is_renewed(run: str) -> None:
    old = {
        "on_axis": "Temporal (frames at one place)",
        "on_layer": "1",
        "on_head": "Head 3",
        "on_frame": "7",
        "concentration_measure": "Gini coefficient",
    }
    at = start(run=run, **old)
    assert url_parameters(at) == {
        **{"run": run, "axis": "temporal", "layer": "1", "head": "3", "frame": "7"},
        "measure": "gini",
    }


def test_parameters_that_make_no_sense_are_dropped_and_others_are_kept(run: str) -> None:
    at = start(run=run, axis="sideways", layer="99", head="-1", frame="1e3", campaign="a b")
    assert url_parameters(at) == {"run": run, "campaign": "a b"}
    assert chosen(at)["on_layer"] == "2"
    assert chosen(at)["on_frame"] == 4, "inside the labeled motion"


def test_choices_are_kept_on_the_way_to_another_page(run: str) -> None:
    at = start(run=run, layer="1", frame="5")
    # The navigation empties the URL.
    for name in list(at.query_params):
        del at.query_params[name]
    at.switch_page(f"{PAGES}/what_if.py").run()
    assert not at.exception
    assert url_parameters(at) == {"run": run, "layer": "1", "frame": "5"}
    at.selectbox(key="changed_model").set_value("softmax").run()
    assert url_parameters(at)["model"] == "softmax"
    # A link says all: what it leaves out is the default.
    for name in list(at.query_params):
        del at.query_params[name]
    at.query_params["run"] = run
    at.query_params["frame"] = "3"
    at.switch_page(f"{PAGES}/concentration.py").run()
    assert url_parameters(at) == {"run": run, "frame": "3"}
    assert chosen(at)["on_layer"] == "2"


def test_a_page_that_cannot_show_a_choice_leaves_it_to_the_next(run: str) -> None:
    at = start("what_if", run=run, model="all", head="3")
    for page in ("fixation", "concentration", "what_if"):
        for name in list(at.query_params):
            del at.query_params[name]
        at.switch_page(f"{PAGES}/{page}.py").run()
        assert not at.exception
    assert at.selectbox(key="changed_model").value == "all", "which Fixation has not"
    assert url_parameters(at) == {"run": run, "model": "all", "head": "3"}


def watch_link(at: AppTest, label: str = "Open in Watch") -> tuple[str, dict[str, str]]:
    """Page and query parameters of a link to the player."""
    link = next(link.proto for link in at.get("page_link") if link.proto.label == label)
    return link.page, {name: v[0] for name, v in parse_qs(link.query_string).items()}


@pytest.mark.parametrize(
    "page", ["concentration", "fixation", "neighborhood", "attribution", "what_if"]
)
def test_every_page_opens_its_view_in_watch(run: str, page: str) -> None:
    at = start(page, run=run, axis="temporal", layer="1", head="3", frame="7", model="fixation")
    where, parameters = watch_link(at)
    assert where == "watch", "the page's own name, and not that of the page with the link"
    chosen = {"run": run, "axis": "temporal", "layer": "1", "head": "3", "frame": "7"}
    assert chosen.items() <= parameters.items()
    assert parameters["model"] == "fixation"


def test_the_view_goes_to_watch_and_back(run: str) -> None:
    at = start("fixation", run=run, layer="1", head="3", frame="7", row="2", column="5")
    at.switch_page(f"{PAGES}/watch.py")
    _, parameters = watch_link(at)
    for name in list(at.query_params):
        del at.query_params[name]
    at.run()
    assert not at.exception
    assert '"query": "2-5"' in at.get("bidi_component")[0].proto.json, "the patch, too"
    assert {"axis": "spatial", "model": "fixation", **url_parameters(at)} == parameters
    for name in list(at.query_params):
        del at.query_params[name]
    at.switch_page(f"{PAGES}/neighborhood.py").run()
    found = url_parameters(at)
    assert {"layer": "1", "head": "3", "frame": "7", "row": "2", "column": "5"}.items() <= (
        found.items()
    )
    shown = chosen(at)
    assert (shown["on_layer"], shown["on_frame"]) == ("1", 7)
    # That page has no heads to choose from; the next one has.
    at.switch_page(f"{PAGES}/concentration.py").run()
    shown = chosen(at)
    assert (shown["on_layer"], shown["on_head"], shown["on_frame"]) == ("1", "3", 7)


def test_model_titles_are_not_in_the_url(run: str) -> None:
    at = start("what_if", run=run, model="softmax")
    assert at.selectbox(key="changed_model").value == "softmax"
    old = start("what_if", run=run, changed_model=TITLES["softmax"])
    assert url_parameters(old) == {"run": run, "model": "softmax"}


def test_the_report_command_takes_the_view_of_a_page(run: str) -> None:
    at = start(run=run, axis="temporal", layer="1", head="3", frame="7")
    handle, options = read_link(f"http://localhost/concentration?{urlencode(url_parameters(at))}")
    assert handle == run
    assert (options.axis, options.layer, options.head, options.frame) == ("temporal", 1, 3, 7)


def test_no_widget_writes_its_label_into_the_url() -> None:
    files = [*(ROOT / "fixviz" / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    bound = [f.name for f in files if re.search(r"bind\s*=", f.read_text("utf-8"))]
    assert bound == []


def test_the_documentation_names_every_parameter_and_every_value() -> None:
    written = (ROOT / "docs" / "reference" / "links.md").read_text("utf-8")
    written += (ROOT / "docs" / "reference" / "measures.md").read_text(
        "utf-8"
    )  # which it refers to
    named = set(re.findall(r"`([\w/.-]+)`", written))
    calls = r"""(?:one_of|whole|switch)\(\s*(?:"[a-z_]+"|[A-Z]+),\s*"([a-z_]+)\""""
    selects = r"""select\(\s*(?:"[^"]*"|label),\s*[^"]*?,\s*"([a-z_]+)\""""
    source = "\n".join(f.read_text("utf-8") for f in (ROOT / "fixviz" / "ui").rglob("*.py"))
    parameters = {*re.findall(calls, source), *re.findall(selects, source)}
    assert {"model", "axis", "row", "class", "beside", "sizes"} <= parameters
    assert parameters | {*VIEW_PARAMETERS} <= named
    values = {*METHODS, *QUANTITIES, *MEASURES}
    assert values <= named
