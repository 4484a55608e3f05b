"""Teach a model: classes of one's own, learned from a few clips."""

from fixviz.ui.teach_a_model import page

page.show()
