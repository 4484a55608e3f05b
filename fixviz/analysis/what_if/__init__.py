"""Counterfactuals: the same network on the same clip with something changed. See `interventions`."""
