"""The Attribution page: which patches an answer rests on, and whether that can be believed."""
