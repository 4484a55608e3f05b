"""Clips with truth: a seeded generator of short labelled motions."""
