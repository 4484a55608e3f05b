"""Train models on generated clips."""
