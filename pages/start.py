"""The start page: what fixviz shows, and three ways in."""

from fixviz.ui.start.page import show

show()
