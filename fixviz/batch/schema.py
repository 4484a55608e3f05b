"""Describe the tables of a data set of many clips: which there are, and what each column holds.

Parquet files, the reference and readers take names and types from here. The tables of the runs are those
of fixviz.reading.exports.tables, with the column `run` before the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fixviz.reading.exports.columns import Column
from fixviz.reading.exports.tables import RUN_TABLES

if TYPE_CHECKING:
    import pyarrow as pa

VERSION: Final = 1
"""Version of the form. Raise it when readers of an earlier one would go wrong."""
MODEL: Final = "model"
"""Column that is a folder: model=NAME."""
RUN: Final = Column(
    "run", "text", "key of the run: SHA-256 of the clip's content, the models and what was asked"
)
CLIP_COLUMNS: Final = (
    Column("clip", "text", "how the folder, pattern or list calls the clip"),
    Column("folder", "text", "the folder in that name, empty without one"),
    Column("path", "text", "where the video lay"),
    Column(
        "start_s", "seconds", "start of the part that the list names, in seconds; null without one"
    ),
    Column("end_s", "seconds", "end of that part"),
    Column("number", "whole", "0, or 1, 2 and so on where a list names the same part once more"),
    Column("run", "text", "key of the clip's run; null where it failed"),
    Column("handle", "text", "handle of the run in the store, for links and `fixviz report`"),
    Column(
        "same_as", "text", "path of an earlier clip with the same run; null where there is none"
    ),
    Column("sha256", "text", "SHA-256 of the video"),
    Column("bytes", "long", "size of the video"),
    Column("modified_ns", "long", "when the video was last changed, in nanoseconds since 1970"),
    Column("error_kind", "text", "kind of the error where the clip failed, as in fixviz.errors"),
    Column("error", "text", "the sentence that says what is wrong and what would work"),
)
"""Columns of clips.parquet, before those that lists carry along."""
KEY: Final = ("path", "start_s", "end_s", "number")
"""Columns that tell clips apart."""
RUN_COLUMNS: Final = (
    RUN,
    Column("part", "whole", "number of the files that hold the run's rows: part-NNNNN.parquet"),
    Column("name", "text", "name of the video that was analyzed"),
    Column("sha256", "text", "SHA-256 of the video"),
    Column("frames", "whole", "number of analyzed frames"),
    Column("rate_hz", "number", "analyzed frames per second"),
    Column("start_s", "seconds", "start of the analyzed span"),
    Column("end_s", "seconds", "end of the analyzed span"),
    Column("truncated", "flag", "whether the span was cut at the most frames that are allowed"),
    Column("width", "whole", "width of the upright picture in pixels"),
    Column("height", "whole", "height of the upright picture in pixels"),
    Column("fps", "number", "frames per second of the video"),
    Column("duration_s", "seconds", "length of the video"),
    Column("codec", "text", "codec of the video"),
    Column("container", "text", "container of the video"),
    Column("known_target", "flag", "whether masks or a truth file said where the target is"),
    Column(
        "notes", "text", "sentences about what is lost, mended or mapped in the file, one a line"
    ),
    Column("device", "text", "what computed it"),
    Column("seconds", "number", "how long the models took"),
    Column("created", "text", "when it was computed (UTC)"),
)
"""Columns of the table of runs."""


@dataclass(frozen=True)
class SetTable:
    """Describe one table of the data set."""

    name: str
    about: str
    columns: Sequence[Column]
    by_model: bool
    """Whether its files lie in one folder for each model."""


RUNS_TABLE: Final = SetTable("runs", "one run", RUN_COLUMNS, by_model=False)
TABLES: Final[Mapping[str, SetTable]] = {
    table.name: table
    for table in (
        *(SetTable(t.name, t.about, (RUN, *t.columns), by_model=True) for t in RUN_TABLES),
        RUNS_TABLE,
    )
}
"""All tables but clips, by name."""


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of the columns, without the model, which is a folder."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "whole": pa.int32(),
        "long": pa.int64(),
        "number": pa.float32(),
        "seconds": pa.float64(),
        "flag": pa.bool_(),
    }
    return pa.schema([(column.name, types[column.kind]) for column in columns])


def stored_columns(table: SetTable) -> list[Column]:
    """Return the columns that stand in the table's files."""
    return [c for c in table.columns if not (table.by_model and c.name == MODEL)]
