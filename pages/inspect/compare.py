"""Models compared over many clips: distributions, paired differences, and the clips to look at."""

from fixviz.ui.compare.page import show

show()
