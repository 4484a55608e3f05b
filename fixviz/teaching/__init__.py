"""Teach trained models classes of one's own. Torch in `learning`, `session` and `example_clips` alone."""
