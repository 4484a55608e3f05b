"""The Models page: what the models are, what was measured, and how to load the visitor's own."""
