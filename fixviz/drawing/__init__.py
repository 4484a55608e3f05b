"""Described charts drawn: as SVG for the report and for files, with Plotly for pages."""
