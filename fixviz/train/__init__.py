"""Training on generated clips."""
