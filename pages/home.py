"""The app's address without a page, from which the server leads to Watch."""

from fixviz.ui.watch import page

page.show()
