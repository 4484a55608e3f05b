"""The choice before a run: models, and span, sampling and crop chosen on the picture."""
