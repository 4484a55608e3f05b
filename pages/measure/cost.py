"""Cost: what attention takes in time and memory, measured here and in the browser."""

from fixviz.ui.cost.page import show

show()
