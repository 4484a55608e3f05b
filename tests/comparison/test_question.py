"""Questions: what is filled in, what is refused, what the answer and its figures say, and the command."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fixviz.comparison import figures, texts
from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.question import Question, answer, asked, command_of, groupings
from fixviz.comparison.source import Source
from fixviz.comparison.values import Place, curves
from fixviz.drawing.colors import PALETTES
from fixviz.drawing.svg_file import svg_file
from fixviz.errors import OptionError
from fixviz.reading.figures.figure import Panels, Scatter, Strips
from tests.comparison.conftest import Made
from tests.comparison.made import CLIPS, MODELS, ODD, level
from tests.drawing.checked import plotly_chart


@pytest.fixture(scope="module")
def source(made_set: Made) -> Source:
    return open_data_set(made_set.folder, "lab")


def test_what_is_open_is_filled_in(source: Source) -> None:
    found = asked(source, Question())
    assert found.models == MODELS
    assert found.pair == ("fixation", "linear")
    assert found.place == Place("spatial", 2, None)
    two = asked(source, Question(models=("linear", "softmax")))
    assert (two.models, two.pair) == (("softmax", "linear"), ("linear", "softmax"))
    assert asked(source, Question(models=("linear",))).pair is None
    assert groupings(source) == ["day", "label", "said", "right"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question("nothing"), "no measure 'nothing'; there are concentration"),
        (Question(against="nothing"), "no measure 'nothing'"),
        (Question(models=("gpt",)), "no model 'gpt' here; there are softmax, linear, fixation"),
        (Question(pair=("linear", "linear")), "no two of the models"),
        (Question(models=("linear",), pair=("linear", "softmax")), "no two of the models"),
        (Question(place=Place("joint")), "no joint attention here; there is spatial and temporal"),
        (Question(place=Place("spatial", 3)), "no layer 3 here; layers go from 0 to 2"),
        (Question(place=Place("spatial", 2, 9)), "no head 9 here"),
        (Question(group="nobody"), "no column 'nobody'; there are day, label, said, right"),
    ],
)
def test_what_is_not_there_is_refused(source: Source, question: Question, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        answer(source, question)


def test_a_measure_without_its_table_is_refused(source: Source) -> None:
    bare = dataclasses.replace(source, tables=frozenset({"metrics"}))
    with pytest.raises(OptionError, match="Certainty is not known of these clips; there are conc"):
        answer(bare, Question("certainty"))


def test_the_answer_says_the_main_thing(source: Source) -> None:
    found = answer(source, Question())
    main = found.main
    assert main is not None and main.summary.mean is not None
    wanted = [level(clip, "fixation") - level(clip, "linear") for clip in range(CLIPS)]
    np.testing.assert_allclose(main.values, wanted, atol=1e-6)
    assert (main.higher, main.lower) == (CLIPS - 1, 1)
    assert main.summary.mean.mean == pytest.approx(np.mean(wanted), abs=1e-6)
    said = texts.headline(found)
    assert said.startswith(
        "Linear + fixation + neighbors has higher concentration than Linear attention on 10 of 11 clips: "
        "on average +0.0773 (95 % interval "
    )
    cautions = " ".join(texts.cautions(found))
    assert "Softmax attention has no concentration for 1 of 11 clips." in cautions
    assert "1 clip has the content of another one and does not count again." in cautions
    assert "1 clip could not be analyzed and is left out." in cautions
    assert "rough" not in cautions, "ten videos are enough to say nothing"


def test_intervals_over_0_and_few_videos_are_told(source: Source) -> None:
    few = dataclasses.replace(source, clips=source.clips[ODD - 1 : ODD + 1])
    cautions = texts.cautions(answer(few, Question()))
    assert (
        "The interval includes 0: these clips do not tell which of the two is higher." in cautions
    )
    assert any("With 2 videos the intervals are rough" in one for one in cautions)
    one = dataclasses.replace(source, clips=source.clips[:2])
    assert "All clips are of one video, so there is no interval." in texts.cautions(
        answer(one, Question())
    )


def test_right_answers_are_counted(source: Source) -> None:
    said = texts.headline(answer(source, Question("right")))
    assert said.startswith(
        "Linear + fixation + neighbors is right on 9 of 10 clips, Linear attention on 5: a "
    )


def test_the_odd_clip_comes_first(source: Source) -> None:
    found = answer(source, Question())
    first = found.outliers[0]
    assert (first.clip, first.of) == (ODD, "fixation − linear")
    assert first.unusual
    assert "below the median +0.1 of all clips" in texts.why(found, first)
    assert [one.clip for one in found.outliers].count(ODD) == 1


def test_groups_of_the_list_and_of_the_answers(source: Source) -> None:
    by_day = answer(source, Question(group="day"))
    counts = {(d.group, d.model): d.summary.count for d in by_day.distributions}
    assert counts[None, "linear"] == CLIPS
    assert (counts["monday", "linear"], counts["tuesday", "linear"]) == (4, 7)
    assert counts["monday", "softmax"] == 3
    assert [d.group for d in by_day.differences] == [None, None, None, "tuesday", "monday"]
    right = answer(source, Question(group="right"))
    counts = {(d.group, d.model): d.summary.count for d in right.distributions}
    assert (counts["right", "fixation"], counts["wrong", "fixation"]) == (9, 1)
    assert counts["no label", "linear"] == 1
    assert len(right.differences) == 3, "whether it is right differs between the two models"


def test_every_figure_is_drawn_in_both_ways(source: Source) -> None:
    found = answer(source, Question(group="day", against="gini"))
    clips = source.clips[:5]
    over_time = curves(source, found.quantity, found.place, found.question.models, clips)
    chosen = source.clips[ODD].key
    described = [
        figures.distribution(found, chosen),
        figures.differences(found, chosen),
        figures.scatter(found, f"{chosen} fixation"),
        figures.small_multiples(found, clips, over_time, 0.5),
    ]
    for figure in described:
        assert figure is not None and figure.alt and figure.caption
        assert figure.full_caption in svg_file(figure).replace("&lt;", "<").replace("&#x27;", "'")
        charts = (
            [p.chart for p in figure.chart.panels]
            if isinstance(figure.chart, Panels)
            else [figure.chart]
        )
        for chart in charts:
            plotly_chart(chart, PALETTES["light"])
        assert len({len(values) for values in figure.table.values()}) == 1
    spread, difference, points, multiples = (figure.chart for figure in described)
    assert isinstance(spread, Strips) and [row.title for row in spread.rows][:2] == [
        "tuesday · softmax",
        "tuesday · linear",
    ]
    assert isinstance(difference, Strips) and difference.zero
    assert [row.title for row in difference.rows] == [
        "fixation − linear",
        "linear − softmax",
        "fixation − softmax",
        "tuesday",
        "monday",
    ]
    assert isinstance(points, Scatter) and len(points.points) == 3 * CLIPS - 1
    assert isinstance(multiples, Panels) and len(multiples.panels) == 5
    assert "Each of the 5 intervals" in described[1].caption
    assert (
        "10 videos, each with all of its 11 clips, drawn with replacement" in described[1].caption
    )
    table = figures.values_table(found)
    assert table["clip"][ODD] == f"clip-{ODD:02d}.mp4" and table["run"][0] == source.clips[0].handle
    assert table["concentration, fixation − linear"][ODD] == pytest.approx(-0.15, abs=1e-6)
    assert not any("secret" in str(cell) for column in table.values() for cell in column)


def test_one_model_has_no_differences(source: Source) -> None:
    found = answer(source, Question(models=("linear",)))
    assert figures.differences(found) is None and found.main is None
    assert texts.headline(found).startswith("Linear attention: concentration is on average 0.292")
    assert figures.scatter(found) is None


def test_the_command_names_all_that_was_chosen(source: Source) -> None:
    question = asked(source, Question("gini", group="label", against="entropy"))
    assert command_of(source, question) == (
        "fixviz compare lab --measure gini --models softmax,linear,fixation --pair fixation,linear "
        "--axis spatial --layer 2 --group label --against entropy --out compared"
    )
    place = Place("temporal", None, 1)
    assert "--axis temporal --layer all --head 1 --out" in command_of(
        source, asked(source, Question(place=place))
    )
    assert "--axis" not in command_of(source, asked(source, Question("right")))
