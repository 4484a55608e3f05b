"""The version of fixviz, for modules that the package's own names lead to."""

__version__ = "0.1.0"
