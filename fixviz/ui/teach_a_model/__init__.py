"""The page on which a class teaches the models classes of its own."""
