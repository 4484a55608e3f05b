"""Training: the button, the place in the queue, the curves while the models learn, and a way to stop."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import streamlit as st

from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.drawing.plotly_charts.finished import Finished
from fixviz.engine import JobStatus, TeachRequest
from fixviz.errors import JobError
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.reading.figures.figure import Axis, Lines, Series
from fixviz.teaching.examples import START_FROM, ExampleClip, ExampleSet, obstacle
from fixviz.teaching.outcome import CurvePoint, read_progress
from fixviz.ui.incidents import fragment
from fixviz.ui.inspect_run.figures import palette
from fixviz.ui.job_status import POLL_S
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.teach_a_model import lessons
from fixviz.ui.teach_a_model.words import model_title, say
from fixviz.ui.text import plain, quiet

LOOKED_AT: Final = "teach_looks_clip"
"""Key of the control that says which clip's maps are shown."""


def show(found: ExampleSet) -> None:
    """Draw the button that trains, or the training that is under way."""
    quiet(say("train_text"))
    if found.job is not None:
        if services().engine.job(found.job) is None:
            _end(found)
            st.warning(say("lost"), icon=":material/restart_alt:")
        else:
            _progress()
            return
    learned = lessons.outcome(found)
    why = obstacle(found)
    if why is not None:
        key, values = why
        st.info(
            say(key, **{name: plain(str(value)) for name, value in values.items()}),
            icon=":material/info:",
        )
    elif learned is not None and _changed(found):
        st.info(say("changed"), icon=":material/info:")
    st.button(
        say("train_button") if learned is None else say("train_again"),
        type="primary" if learned is None or _changed(found) else "secondary",
        icon=":material/model_training:",
        disabled=why is not None,
        key="teach_train",
        on_click=_press,
        args=(found,),
    )


def start(found: ExampleSet, clip: ExampleClip | None = None) -> None:
    """Queue a training, or the answers for one clip. Raises what the engine raises."""
    owner = current_owner()
    asked = None if clip is None else clip.id
    job = services().engine.teach(TeachRequest(found.id, owner, asked, START_FROM))
    services().examples.change(found.id, owner, lambda now: replace(now, job=job.id, asked=asked))


def _press(found: ExampleSet) -> None:
    with lessons.noting_errors():
        start(found)


def _changed(found: ExampleSet) -> bool:
    """Tell whether classes or clips are not those of the last training."""
    learned = lessons.outcome(found)
    if learned is None:
        return False
    labels = {clip.id: n for n, one in enumerate(found.classes) for clip in one.clips}
    names = tuple(one.name for one in found.classes)
    return (labels, names) != (dict(learned.labels), learned.class_names)


def _end(found: ExampleSet) -> None:
    """Note that the set's job has ended, unless another one was started meanwhile, in another tab."""
    lessons.change(found, lambda now: replace(now, job=None) if now.job == found.job else now)


@fragment(run_every=POLL_S)
def _progress() -> None:
    """Draw how far the job is, and rerun the page once it has ended."""
    found = lessons.current()
    engine = services().engine
    if found.job is None:
        st.rerun()
        return
    try:
        status = engine.status(found.job)
    except JobError as error:
        status = JobStatus("failed", error=str(error))
    if status.finished:
        _leave(found, status)
    answering = found.asked is not None
    st.progress(status.progress, text=_text(status, answering=answering), width=640)
    if st.button(say("cancel"), icon=":material/close:", key="teach_cancel"):
        engine.cancel(found.job)
        st.rerun()
    if not answering:
        curves, planned = read_progress(lessons.folder(found))
        show_curves(curves, "teach_live", max(planned.values(), default=0))


def _leave(found: ExampleSet, status: JobStatus) -> None:
    _end(found)
    if status.state == "done" and found.asked is not None:
        st.session_state[LOOKED_AT] = found.asked
    elif status.state == "cancelled":
        lessons.note_error(say("cancelled"))
    elif status.state == "failed":
        lessons.note_error(f"{say('failed_lead')} {status.error or ''}")
    st.rerun()


def _text(status: JobStatus, *, answering: bool) -> str:
    if status.state == "queued" and status.place is not None:
        return say("queue_next") if status.place == 1 else say("queue_place", place=status.place)
    titles = {_title(name): name for name in START_FROM}
    if status.message in titles:
        title = model_title(titles[status.message])
        return say("answering" if answering else "learning", model=title)
    return say("starting")


@cache
def _title(name: str) -> str:
    """Return the title of a shipped checkpoint, by which a job says which model learns."""
    return read_config(resolve_checkpoint(name)).title


def show_curves(curves: dict[str, tuple[CurvePoint, ...]], key: str, planned: int = 0) -> None:
    """Draw the share of right answers on the held-out clips against the steps.

    planned: number of steps at which the axis ends, at least.
    """
    known = {name: curve for name, curve in curves.items() if curve}
    if not known:
        return
    series = [
        Series(
            model_title(name),
            np.array([100 * point.held_out for point in curve]),
            number,
            x=np.array([point.step for point in curve], float),
            marks=True,
        )
        for number, (name, curve) in enumerate(curves.items())
        if curve
    ]
    last = float(max(1, planned, *(curve[-1].step for curve in known.values())))
    chart = Lines(
        np.array([0.0, last]),
        series,
        Axis(say("curve_x"), low=0.0, high=last, whole=True),
        Axis(say("curve_y"), low=0.0, high=104.0),
    )
    now = ", ".join(
        f"{model_title(name)} {100 * curve[-1].held_out:.0f} %" for name, curve in known.items()
    )
    options: dict[str, Any] = {"config": {"displaylogo": False, "displayModeBar": False}}
    drawn = Finished(plotly_chart(chart, palette()))
    st.plotly_chart(drawn, key=key, alt=say("curve_alt", now=now), **options)
    quiet(say("curve_note"))
