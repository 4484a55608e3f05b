"""What if: the run again with something changed, before and after side by side."""

from fixviz.ui.what_if import page

page.show()
