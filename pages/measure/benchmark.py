"""The checkpoints' measured figures against each other, and their right and wrong answers."""

from fixviz.ui.benchmark.page import show

show()
