"""Concentration: on how few keys attention lies, and whether it lies where it counts."""

from fixviz.ui.concentration import page

page.show()
