"""Neighborhood: what keys and values hear from their neighbors, and what comes of it."""

from fixviz.ui.neighborhood import page

page.show()
