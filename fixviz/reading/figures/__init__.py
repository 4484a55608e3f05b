"""Figures described once, as plain data: what is drawn, what it shows, and what follows from it.

A module for each subject; a function for each figure, which takes a view of a stored run and returns a
`Figure`. Pages draw it with Plotly, the report and saved files as SVG (fixviz.drawing).
"""
