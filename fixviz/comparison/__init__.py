"""Compare models over many clips: a data set of `fixviz analyze`, or chosen runs of the store.

Free of Streamlit and torch, so that the page Compare and `fixviz compare` give the same numbers.
"""
