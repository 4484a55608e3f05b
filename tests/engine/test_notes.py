"""Notes about a file name it as its owner knows it, not as it is stored."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from fixviz.engine import AnalysisRequest
from fixviz.engine.uploads import add_upload
from tests.engine.real_run import MODEL, real_run


def cut_off_video(path: Path) -> bytes:
    """A video of 40 frames, of whose bytes the last third lacks."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 74, 46, "yuv420p"
        for _ in range(40):
            picture = rng.integers(0, 256, (46, 74, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    return content[: len(content) * 2 // 3]


@pytest.mark.slow
def test_a_note_names_the_file_as_each_owner_does(tmp_path: Path) -> None:
    content = cut_off_video(tmp_path / "whole.mkv")
    with real_run(tmp_path) as real:
        for name in ("holiday.mkv", "wedding.mkv"):
            upload = add_upload(name, content, real.settings)
            request = AnalysisRequest.of_upload(upload, models=(str(tmp_path / MODEL),), frames=6)
            run = real.engine.submit(request, name).result()
            (note,) = real.store.manifest(run)["notes"]
            assert note.startswith(f"'{name}' is cut off or damaged")
            assert upload.sha256 not in note
