"""What the models run on, and how much memory the worker holds."""

from __future__ import annotations

import psutil
import streamlit as st

from fixviz.engine import DeviceReport
from fixviz.reading.model_facts import amount
from fixviz.ui.services import services
from fixviz.ui.text import quiet


def show() -> None:
    """Draw one line a device."""
    reports = services().engine.devices()
    if not reports:
        quiet(
            "The first analysis chooses the device: a GPU if there is one, else the CPU.",
            ":material/memory:",
        )
        return
    for report in reports:
        quiet(sentence(report), ":material/memory:")
    # The button needs no action of its own: a click reruns the page.
    st.button("Refresh", icon=":material/refresh:", key="refresh-device", type="tertiary")


def sentence(report: DeviceReport) -> str:
    """Say what one worker runs on and how much memory it uses."""
    memory = (
        "" if report.memory_bytes is None else f", with {amount(report.memory_bytes)} of memory"
    )
    parts = [f"Analyses run on {report.title}{memory}"]
    held = resident(report.process)
    if held is not None:
        total = psutil.virtual_memory().total
        parts.append(
            f"the worker process uses {amount(held)} of this machine's {amount(total)} of memory, for torch "
            "and the models used last"
        )
    return "; ".join(parts) + "."


def resident(process: int | None) -> int | None:
    """Return the resident bytes of a worker of this server; None when the worker is gone."""
    if process is None:
        return None
    try:
        worker = psutil.Process(process)
        # The number of the process may belong to another process by now.
        if worker.ppid() != psutil.Process().pid:
            return None
        return int(worker.memory_info().rss)
    except psutil.Error:
        return None
