"""Train models on real clips: read, learn, answer, write checkpoints."""
