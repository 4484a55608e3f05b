"""What a run shows: trace, measures, neighbor contributions."""
