"""Fixation: where the ratios are high, what drives them, and whether they concentrate attention."""

from fixviz.ui.fixation import page

page.show()
