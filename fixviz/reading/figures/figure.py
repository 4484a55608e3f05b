"""A described figure: its chart as plain data, its caption, its numbers, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fixviz.reading.content_key import ContentKey
from fixviz.reading.scales import Scale
from fixviz.reading.tables import Table

Array: TypeAlias = NDArray[np.floating]

GRID, FRAMES = "temporal attention: grid", "spatial attention: frames"
"""Names of the neighbors in the same frame and of those in other frames."""
TIME: Final = "Time (s)"
"""Title of every time axis."""
REFERENCE: Final = None
"""The color of what curves are compared with: gray and dotted."""


@dataclass(frozen=True)
class Axis:
    """One axis of a chart: its title, with the unit in brackets, and its ends where they are fixed."""

    title: str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    """Whether only whole numbers are marked on the x axis of lines: they are counted."""
    log: bool = False
    """Whether an axis of lines is logarithmic. Its ends are then fixed, and above 0."""


@dataclass(frozen=True)
class Series:
    """One line of a chart, or one set of its bars."""

    title: str
    y: Array
    color: int | None
    """Number of a color of the palette and of a dash; None is the gray of references."""
    x: Array | None = None
    """Values on the x axis; None takes those of the chart."""
    steps: bool = False
    """Whether y[i] holds from x[i] to x[i + 1]; x is then one longer."""
    marks: bool = False
    """Whether every point has a mark."""
    cross: bool = False
    """Whether its marks are crosses, which lie over the points of other series."""
    dotted: bool = False
    """Whether the line is dotted whatever its color: the state before a change."""
    solid: bool = False
    """Whether the line is solid whatever its color: the state after a change."""
    hover: str = ""
    """What it is called to whoever points at it; else `title`."""
    in_legend: bool = True
    """Whether the legend names it; else it belongs to the series that is named in its color."""


@dataclass(frozen=True)
class Lines:
    """Lines over one pair of axes."""

    x: Array
    series: Sequence[Series]
    x_axis: Axis
    y_axis: Axis
    now: float | None = None
    """Where to draw a vertical line: the frame in view."""
    bands: Sequence[Mapping[str, Any]] = ()
    """class, start_s and end_s of what the clip is known to show."""
    shade: tuple[Array, Array] | None = None
    """Lower and upper edge of a gray area."""
    tall: bool = False
    """Whether it has many series, so that a page gives it more height."""
    small: bool = False
    """Whether it is one of many, which share a legend, so that a page gives it less height."""
    points: Sequence[str] = ()
    """Names of the places on the x axis, such as "frame 3, 0.38 s", shown on pointing at one."""


@dataclass(frozen=True)
class Cells:
    """Values [rows, columns] as colored cells."""

    values: Array
    scale: Scale
    rows: Sequence[str]
    columns: Sequence[str] | Array
    """Names, or places on an axis of numbers (times)."""
    unit: str
    """What the numbers of the scale are; empty for a panel of several that share one."""
    row_title: str = ""
    column_title: str = ""
    numbers: bool = True
    """Whether each cell shows its number."""
    chosen: tuple[int, int | None] | None = None
    """Row and column to outline; a column of None is the whole row."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """A phrase about some columns."""
    remarks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """A phrase about some cells, by row and column."""


@dataclass(frozen=True)
class Bars:
    """Bars with their numbers, side by side where there are several series."""

    labels: Sequence[str]
    series: Sequence[Series]
    axis: Axis
    form: str = ".3g"
    """How numbers are written, as `format` takes it."""
    label_title: str = ""
    upright: bool = False
    """Many thin upright bars without numbers; several series lie over each other."""
    signed: bool = False
    """Whether numbers carry their sign; they always do where one is negative."""
    notes: Sequence[str] = ()
    """A phrase about each label, for whoever points at its bar."""

    @property
    def with_signs(self) -> bool:
        """Whether numbers carry their sign: where asked for, or where one is negative."""
        return self.signed or any(bool((series.y < 0).any()) for series in self.series)

    @property
    def bars_per_label(self) -> int:
        """How many bars stand side by side: 1 where every label has a value in one series only."""
        known = np.isfinite([series.y for series in self.series]).sum(0)
        return 1 if (known <= 1).all() else len(self.series)


@dataclass(frozen=True)
class Waterfall:
    """Parts that add up: each bar begins where the one above ends, the last one is their sum."""

    labels: Sequence[str]
    parts: Array
    axis: Axis
    total: str
    """Name of the sum."""

    @property
    def values(self) -> Array:
        """The parts, then their sum."""
        parts = np.asarray(self.parts, np.float64)
        return np.append(parts, parts.sum())

    @property
    def starts(self) -> Array:
        """Where the bars of `values` begin."""
        parts = self.values[:-1]
        return np.append(np.cumsum(parts) - parts, 0.0)


@dataclass(frozen=True)
class Arm:
    """The value of one neighbor, and where it lies: frames later, rows below, columns to the right."""

    label: str
    dt: int
    dy: int
    dx: int
    value: float


@dataclass(frozen=True)
class Compass:
    """Values of neighbors, each drawn towards where its neighbor lies; other frames below."""

    arms: Sequence[Arm]
    axis: Axis

    @property
    def grid(self) -> list[Arm]:
        """The neighbors in the same frame, which the temporal attention reads."""
        return [arm for arm in self.arms if not arm.dt]

    @property
    def frames(self) -> list[Arm]:
        """The neighbors in other frames, which the spatial attention reads."""
        return [arm for arm in self.arms if arm.dt]

    @property
    def most(self) -> float:
        """The largest value, where both scales end; above 0."""
        return max([arm.value for arm in self.arms if np.isfinite(arm.value)] + [1e-9])


@dataclass(frozen=True)
class PatchMap:
    """A map [h, w] over a frame, on which a patch can be chosen."""

    image: NDArray[np.uint8]
    """The frame, RGB [H, W, 3]."""
    cell: tuple[float, float]
    """Height and width of a patch in its pixels; patch (row, column) is centered at their multiples."""
    values: Array
    scale: Scale
    unit: str
    patch: tuple[int, int]
    """Row and column to outline."""


@dataclass(frozen=True)
class MapPicture:
    """A map [h, w] over a frame, with its label and its text alternative."""

    label: str
    alt: str
    image: NDArray[np.uint8]
    """RGB or RGBA [H, W, 3 or 4]; of no pixels [0, 0, 3] where only `url` is kept."""
    url: str = ""
    """The same as a data URL, where it was drawn for a page."""


@dataclass(frozen=True)
class MapRow:
    """Pictures side by side under a title, which may be empty."""

    title: str
    pictures: Sequence[MapPicture]
    large: bool = False
    """Whether its one picture is as wide as there is room."""


@dataclass(frozen=True)
class Maps:
    """Rows of pictures, and what their colors mean."""

    rows: Sequence[MapRow]
    scales: Sequence[tuple[Scale, str]]
    """Each with what its numbers are."""
    width: int = 145
    """About how wide a picture is on a page, in pixels."""
    grow: bool = False
    """Whether pictures are wider where a page has room."""


@dataclass(frozen=True)
class PointGroup:
    """Points that look alike."""

    title: str
    color: int
    """Number of a color of the palette."""
    shape: Literal["circle", "square", "diamond", "triangle"]


@dataclass(frozen=True)
class Point:
    """One point of a scatter, with the ends of its intervals where they are known."""

    key: str
    """Which point a click means."""
    label: str
    """What stands beside it; empty for none."""
    x: float
    y: float
    group: int
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None
    note: str = ""
    """Lines for whoever points at it."""
    hollow: bool = False


@dataclass(frozen=True)
class Scatter:
    """Points over one pair of axes, which can be chosen."""

    points: Sequence[Point]
    groups: Sequence[PointGroup]
    x_axis: Axis
    y_axis: Axis
    chosen: str | None = None
    """Key of the point that has a ring."""


@dataclass(frozen=True)
class Strip:
    """Values of one row of a `Strips` chart, and what sums them up."""

    title: str
    color: int | None
    """Number of a color of the palette; None is gray."""
    values: Array
    """Those that are drawn as points."""
    keys: Sequence[str]
    """Which point a click means, one for each value."""
    notes: Sequence[str]
    """Lines for whoever points at one, one for each value."""
    quartiles: tuple[float, float, float] | None = None
    """Lower quartile, median and upper quartile of all values."""
    mean: float | None = None
    ends: tuple[float, float] | None = None
    """Ends of the interval of the mean."""


@dataclass(frozen=True)
class Strips:
    """Rows of points over one axis, each with its quartiles and its mean with an interval."""

    rows: Sequence[Strip]
    axis: Axis
    """Its ends are fixed."""
    zero: bool = False
    """Whether a line marks 0: the rows are differences."""
    chosen: str | None = None
    """Points with this key have a ring."""


@dataclass(frozen=True)
class Panel:
    """One of several charts of a figure."""

    title: str
    chart: Chart
    alt: str


@dataclass(frozen=True)
class Panels:
    """Charts side by side where there is room."""

    panels: Sequence[Panel]
    scale: tuple[Scale, str] | None = None
    """Shared by all of them, with what its numbers are."""


Chart: TypeAlias = (
    Lines | Cells | Bars | Waterfall | Compass | PatchMap | Scatter | Strips | Maps | Panels
)


@dataclass(frozen=True)
class Figure:
    """What pages, report and files show of a stored run in one view."""

    name: str
    """Different for every figure and every model; files are named after it."""
    chart: Chart | None
    """None for a table."""
    caption: str
    """What is drawn exactly: quantity, layer, head, axis, frames, scale, checkpoints."""
    table: Table
    """The numbers drawn."""
    alt: str
    """The picture for those who do not see it."""
    follows: str = ""
    """What can be concluded from it, and what cannot."""
    details: str = ""
    """What holds for all figures of a page or report and is said there once; files say it too."""
    terms: Sequence[str] = ()
    """Terms with a definition (fixviz.reading.definitions) that it uses."""
    file: str = ""
    """Name of its files without ending; else `name`."""
    warnings: Sequence[str] = ()
    """Reasons for doubt, such as an integral that has not converged."""
    data: Table | None = None
    """What files of numbers hold where that is more than `table`."""
    help: Mapping[str, str] = field(default_factory=dict)
    """What columns of its table mean, where a table on a page says so at the column."""
    key: ContentKey | None = field(default=None, compare=False)
    """What it was described from, where readers share it: figures with equal keys are equal."""
    again: Callable[[], Figure] | None = field(default=None, compare=False)
    """Describes it again, where its maps are kept without their pixels."""

    @property
    def full_caption(self) -> str:
        """The caption with its warnings and details, as files say it."""
        return " ".join(filter(None, (self.caption, *self.warnings, self.details)))
