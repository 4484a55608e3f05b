"""The start page: one living picture from the run that comes with fixviz, and three ways in."""
