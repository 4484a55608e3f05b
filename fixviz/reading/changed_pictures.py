"""Maps over frames as a changed network saw them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.what_if.frames import crop_pixels, hide_patches
from fixviz.analysis.what_if.picture import Cropped, PatchesHidden
from fixviz.media.overlay import overlay
from fixviz.reading.scales import Scale
from fixviz.reading.values.what_if import Outcome

Picture = NDArray[np.uint8]


def shown_picture(outcome: Outcome) -> Picture:
    """Return the display frame as the changed network saw it, with patches hidden and cropped.

    RGB uint8 [H, W, 3].
    """
    run, grid = outcome.view.run, outcome.model.entry["grid"]
    frame = outcome.order[outcome.place]
    picture = run.frame_image(frame)[None]
    scale = tuple(float(x) for x in grid["display_per_model"])
    for intervention in outcome.interventions:
        if isinstance(intervention, PatchesHidden):
            here = tuple((0, y, x) for f, y, x in intervention.cells if f in (None, frame))
            only = PatchesHidden(here, intervention.rows, intervention.columns, intervention.fill)
            picture = hide_patches(picture, only, grid["stride"], (scale[0], scale[1]))
    for intervention in outcome.interventions:
        if isinstance(intervention, Cropped):
            left, top, width, height = crop_pixels(intervention, *picture.shape[1:3])
            picture = picture[:, top : top + height, left : left + width]
    return np.ascontiguousarray(picture[0])


def over_shown(outcome: Outcome, values: NDArray[np.floating], scale: Scale) -> Picture:
    """Draw a map [h, w] over the frame as the changed network saw it, RGB uint8 [H, W, 3]."""
    picture = shown_picture(outcome)
    grid: dict[str, Any] = outcome.result.description["grid"]
    drawn: Picture = overlay(
        picture[None],
        scale.shares(values)[None],
        grid["stride"] * picture.shape[0] / grid["model_height"],
        grid["stride"] * picture.shape[1] / grid["model_width"],
        0.6,
        scale.colors,
    )[0]
    return drawn
