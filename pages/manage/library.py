"""Library: one's own analyzed clips."""

from fixviz.ui.library.page import show

show()
