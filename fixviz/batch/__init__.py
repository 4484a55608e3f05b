"""Analyze many clips into one Parquet data set: list them, run them, keep what each gave. No torch."""
