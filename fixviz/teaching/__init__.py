"""Teach trained models classes of one's own from a few clips each. Only `learning`, `session` and `example_clips` load torch."""
