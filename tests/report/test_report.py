"""What a report holds: the run's own numbers under exact captions, escaped, and nothing to fetch."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from fixviz.drawing.markup import Html, tag
from fixviz.errors import OptionError, RunNotFound
from fixviz.reading.counting import DETAILS
from fixviz.reading.definitions import DEFINITIONS
from fixviz.report import attribution as attribution_section
from fixviz.report import what_if as what_if_section
from fixviz.report.build import build_report
from fixviz.report.closing import analyze_command
from fixviz.report.options import ReportOptions, read_link
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui import fixation_run
from tests.ui.concentration_run import concentration_run
from tests.ui.synthetic import CLASSES, FRAMES, TITLES, synthetic_run

EVIL = '<script>alert("x")</script>&.mp4'


class Reader(HTMLParser):
    """Elements with their attributes, the text of each figure, and the cells of each table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.source = text
        self.text = ""
        self.tables: dict[str, list[list[str]]] = {}
        self._label = ""
        self._in_cell = False
        self.feed(text)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "div" and found.get("role") == "region":
            self._label = found["aria-label"]
            self.tables[self._label] = []
        elif tag == "tr":
            self.tables[self._label].append([])
        elif tag in ("td", "th"):
            self.tables[self._label][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.tables[self._label][-1][-1] += data
        self.text += data + " "

    def all(self, name: str) -> list[dict[str, str]]:
        return [found for element, found in self.elements if element == name]

    def column(self, table: str, name: str) -> list[str]:
        head, *rows = self.tables[table]
        place = head.index(name)
        return [row[place] for row in rows]

    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.elements if "id" in found]

    def table_with(self, name: str) -> str:
        return next(label for label, rows in self.tables.items() if name in rows[0])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def handle(store: Store) -> str:
    """A clip with a known target; maps that no model made."""
    return store.publish("a" * 64, *concentration_run(), owner="test", name="orbit.mp4")


@pytest.fixture(scope="module")
def plain(store: Store, handle: str) -> Reader:
    """Its report without any wishes."""
    return Reader(build_report(store, handle))


@pytest.fixture(scope="module")
def chosen(store: Store, handle: str) -> Reader:
    """Its report at one layer, head and frame."""
    return Reader(build_report(store, handle, ReportOptions(layer=1, head=3, frame=5)))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str]:
    """Tiny real models, and one result of every kind that a report draws."""
    store = Store(Settings(home=tmp_path_factory.mktemp("home")))
    handle = fixation_run.publish(store, ("linear", "fixation"))
    fixation_run.derive(store, handle, "leave_one_out", "fixation")
    fixation_run.derive(store, handle, "left_out_predictions", "fixation")
    fixation_run.derive(store, handle, "attribution", "linear", method="grad_cam", window=0)
    fixation_run.derive(store, handle, "faithfulness", "linear", method="rollout", window=0)
    change = [{"kind": "dial", "alpha": 0.0, "layer": None, "axis": None}]
    fixation_run.derive(store, handle, "what_if", "fixation", interventions=change)
    return store, handle


@pytest.fixture(scope="module")
def computed(real: tuple[Store, str]) -> Reader:
    """The report of everything."""
    return Reader(build_report(*real))


def test_clip_and_checkpoints_stand_with_their_whole_hashes(
    store: Store, handle: str, plain: Reader
) -> None:
    manifest = store.manifest(handle)
    for wanted in (
        manifest["clip"]["sha256"],
        *(entry["checkpoint_sha256"] for entry in manifest["models"]),
        *TITLES.values(),
        "340 × 256 px, h264 in mp4",
        "17, 8 per second",
        store.key_of(handle),
    ):
        assert wanted in plain.text


def test_the_handle_is_not_given_away(handle: str, plain: Reader) -> None:
    assert handle not in plain.source


def test_predictions_are_the_runs_own(store: Store, handle: str, plain: Reader) -> None:
    reader = plain
    entry = store.manifest(handle)["models"][1]
    mean = np.mean(entry["probabilities"], 0)
    written = reader.column("Numbers of figure 1", "mean probability")
    count = len(CLASSES)
    assert [float(v) for v in written[count : 2 * count]] == pytest.approx(mean, rel=1e-3)
    first = int(np.argmax(entry["probabilities"][0]))
    cells = reader.column("Table 1", entry["title"])
    assert cells[0] == f"{CLASSES[first]} {entry['probabilities'][0][first]:.2f}"
    assert "The models' classes are motions of a generated world." in reader.text


def test_curves_are_those_of_the_layer_and_head_asked_for(
    store: Store, handle: str, chosen: Reader
) -> None:
    reader = chosen
    name = TITLES["softmax"]
    table = next(
        label
        for label, rows in reader.tables.items()
        if rows[0][-1] == TITLES["fixation"] and "uniform attention" in rows[0]
    )
    expected = store.array(handle, "softmax/spatial/metrics")[1, 3, :, 2]
    assert [float(v) for v in reader.column(table, name)] == pytest.approx(expected, rel=1e-3)
    assert len(expected) == FRAMES


def test_a_caption_says_all_that_decides_a_figure(chosen: Reader) -> None:
    caption = chosen.text[chosen.text.index("Attention received by each patch") :]
    for words in (
        "spatial attention, layer 1, head 3",
        "frames 0 (0.00 s)",
        "windows of frames 0 to 7",
        "by source",
        "one scale for all pictures",
        "Softmax (736f6674)",
    ):
        assert words in caption[:700]
    assert chosen.text.count(DETAILS) == 1, "said once, not in every caption"


def test_every_figure_says_what_cannot_be_concluded(plain: Reader, computed: Reader) -> None:
    report = plain.source + computed.source
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", report, re.S)
    assert len(captions) == len(re.findall(r"<figure", report)) > 20
    assert all('class="follows"' in caption for caption in captions)


def test_truth_takes_the_place_of_motion(store: Store, plain: Reader) -> None:
    assert "Mass on target over time: spatial" in plain.text
    assert "Motion agreement over time: spatial" not in plain.text
    other = store.publish("b" * 64, *concentration_run(truth=False), owner="test")
    without = Reader(build_report(store, other)).text
    assert "Motion agreement over time: spatial" in without
    assert "Attended motion over time: spatial" in without
    assert "Mass on target over time: spatial" not in without


def test_sections_are_missing_where_the_run_lacks_their_data(store: Store) -> None:
    manifest, arrays, files = synthetic_run()
    manifest["models"] = manifest["models"][:2]
    handle = store.publish("c" * 64, manifest, arrays, files, owner="test")
    ids = Reader(build_report(store, handle)).ids()
    assert {"clip", "predictions", "pictures", "concentration", "reproduce"} <= set(ids)
    assert not {"fixation", "neighborhood", "attribution", "what-if"} & set(ids)
    assert len(ids) == len(set(ids))


def test_everything_that_was_computed_later_is_drawn(
    real: tuple[Store, str], computed: Reader
) -> None:
    (store, handle), reader = real, computed
    wanted = {"fixation", "neighborhood", "attribution", "what-if"}
    assert wanted <= set(reader.ids())
    for words in (
        "Leave one out: relative change",
        "Layer Grad-CAM",
        "Attention rollout",
        "fixation dial 0",
        "Parts of the logits of both ratios",
        "with all set to 1",
        "Rebuild error",
        "fixviz derive HANDLE attribution --model linear --set method=grad_cam --set window=0 "
        "--set target=predicted",
    ):
        assert words in reader.text
    name = next(n for n in store.derived_names(handle, "leave_one_out/"))
    change = store.derived_array(handle, name, "output_change/frame")
    table = reader.table_with("left out")
    layer = reader.column(table, "layer 1")
    shown = [float(v) for v in layer if v != "–"]
    mean = np.nanmean(change[1], -1)
    assert shown == pytest.approx(mean[np.isfinite(mean)], rel=1e-3)


def test_what_is_not_drawn_is_counted(
    real: tuple[Store, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution_section, "_MOST_MAPS", 0)
    monkeypatch.setattr(what_if_section, "_MOST", 0)
    reader = Reader(build_report(*real))
    assert "1 more maps are stored with the run and left out here." in reader.text
    assert "The curves of 1 more are stored with the run and left out here" in reader.text
    assert "1 more are stored with the run and left out here." in reader.text
    table = reader.table_with("deletion, verdict")
    assert reader.column(table, "map")[0].startswith("Attention rollout")


def test_the_parts_of_the_logit_add_up_on_paper(real: tuple[Store, str], computed: Reader) -> None:
    (store, handle), reader = real, computed
    table = reader.table_with("part")
    parts = [float(v) for v in reader.column(table, "ratio of the query")]
    stored = store.array(handle, "fixation/spatial/logit/query/signed")[-1].sum(-1).mean()
    assert parts[-1] == pytest.approx(stored, rel=1e-3)
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=2e-3)


def test_words_that_are_used_are_defined(computed: Reader) -> None:
    text = computed.text
    for word in ("fixation ratio", "logit parts", "leave one out", "Layer Grad-CAM"):
        assert DEFINITIONS[word] in text
    assert DEFINITIONS["pointing game"] not in text


def test_what_people_type_is_text(store: Store) -> None:
    handle = store.publish("d" * 64, *synthetic_run(), owner="test", name=EVIL)
    options = ReportOptions(title="<b>T</b>", author='"><img src=x>', notes="<i>n</i>\n\n&amp;")
    report = build_report(store, handle, options)
    reader = Reader(report)
    assert not {"script", "b0", "i"} & {name for name, _ in reader.elements}
    assert all(found["src"].startswith("data:image/jpeg;base64,") for found in reader.all("img"))
    assert EVIL in reader.text
    for words in ("<b>T</b>", '"><img src=x>', "<i>n</i>", "&amp;"):
        assert words in reader.text


def test_no_url_leads_out_of_the_file(computed: Reader) -> None:
    for name, found in computed.elements:
        for attribute in ("src", "href", "srcset", "poster", "data", "action"):
            assert found.get(attribute, "#").startswith(("data:", "#")), (name, found)
    style = computed.source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_has_a_text_alternative_and_headings_do_not_skip(computed: Reader) -> None:
    reader = computed
    assert len(reader.all("img")) > 12
    assert all(len(found["alt"]) > 20 for found in reader.all("img"))
    charts = [found for found in reader.all("svg") if "aria-hidden" not in found]
    assert charts
    assert all(found["role"] == "img" and found["aria-label"] for found in charts)
    levels = [int(name[1]) for name, _ in reader.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReportOptions(layer=3), "layers go from 0 to 2"),
        (ReportOptions(head=4), "heads go from 0 to 3"),
        (ReportOptions(frame=17), "frames go from 0 to 16"),
        (ReportOptions(axis="joint"), "no joint attention; it has temporal and spatial"),
    ],
)
def test_a_view_that_the_run_lacks_is_refused(
    store: Store, handle: str, options: ReportOptions, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        build_report(store, handle, options)


def test_a_handle_without_a_run_is_refused(store: Store) -> None:
    with pytest.raises(RunNotFound):
        build_report(store, "x" * 22)


def test_a_link_names_the_run_and_the_view() -> None:
    handle = "AbC-_" + "0" * 17
    assert read_link(handle) == (handle, ReportOptions())
    link = f"http://127.0.0.1:8501/?run={handle}&frame=5&layer=1&head=2&axis=temporal&scale=frame"
    assert read_link(link) == (handle, ReportOptions("temporal", 1, 2, 5))
    assert read_link(f"https://x.org/api/runs/{handle}/manifest.json")[0] == handle
    with pytest.raises(OptionError, match="names no run"):
        read_link("clip.mp4")


def test_the_command_makes_the_same_run(store: Store) -> None:
    manifest, _, _ = synthetic_run()
    manifest["clip"]["name"] = "my clip.mp4"
    manifest["sampling"] |= {"start_s": 0.5, "requested_end_s": 3.0, "crop": [8, 0, 64, 48]}
    assert analyze_command(manifest) == (
        "fixviz analyze 'my clip.mp4' --out results --models softmax,linear,fixation "
        "--start 0.5 --end 3 --frames 17 --crop 8,0,64,48"
    )


def test_content_is_escaped_unless_it_is_markup() -> None:
    assert tag("p", "<", Html("<br>"), title='"') == '<p title="&quot;">&lt;<br></p>'


def test_the_crop_is_said_once(store: Store) -> None:
    manifest, arrays, files = synthetic_run()
    manifest["sampling"]["crop"] = [8, 0, 64, 48]
    handle = store.publish("e" * 64, manifest, arrays, files, owner="test")
    report = Reader(build_report(store, handle)).text
    assert report.count("64 × 48 px") == 1
    assert "64 × 48 px at (8, 0) of the upright video" in report
