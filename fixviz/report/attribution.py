"""Attribution maps and measures of their faithfulness that were computed for a run."""

from __future__ import annotations

from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures import attribution as figures
from fixviz.reading.figures import faithfulness
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.faithfulness import comparable
from fixviz.report.sheet import Sheet, section, text

_MOST_MAPS = 12


def attribution(sheet: Sheet, run: StoredRun) -> Html:
    """Return the figures of every stored map and of every stored measure of one, up to _MOST_MAPS."""
    maps, judged = run.all_derived("attribution"), run.all_derived("faithfulness")
    parts = []
    if any(result.description["uses_target"] for result in maps):
        parts.append(text(texts.SAME_CLASS))
    if any(result.description["signed"] for result in maps[:_MOST_MAPS]):
        parts.append(text(texts.SIGNED))
    for result in maps[:_MOST_MAPS]:
        title = f"{result.description['title']}, {run.label(result.request.model)}"
        parts += [tag("h3", title), sheet.draw(figures.maps(result))]
    if len(maps) > _MOST_MAPS:
        parts.append(
            text(f"{len(maps) - _MOST_MAPS} more maps are stored with the run and left out here.")
        )
    if judged:
        parts += [tag("h3", "Do the maps hold up?"), sheet.draw(faithfulness.areas(judged))]
        for group in comparable(judged[:_MOST_MAPS]):
            title = f"Deletion and insertion, {run.label(group[0].request.model)}"
            parts += [tag("h3", title), sheet.draw(faithfulness.curves(group))]
        if len(judged) > _MOST_MAPS:
            parts.append(
                text(
                    f"The curves of {len(judged) - _MOST_MAPS} more are stored with the run and left "
                    "out here; their areas are in the table."
                )
            )
    return section("attribution", "Attribution", *parts)
