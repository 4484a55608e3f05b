"""Training and evaluation on generated clips."""
