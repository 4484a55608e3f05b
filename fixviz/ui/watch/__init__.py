"""The Watch page: choosing a clip, waiting for its analysis, and the viewer of a run."""
