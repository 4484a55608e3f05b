"""Models: the shipped checkpoints and one's own, and what they run on."""

from fixviz.ui.models.page import show

show()
