"""The network: configuration, attention, feature shift, fixation, checkpoints."""
