"""What was measured of the checkpoints, as something that can be asked. Free of torch and Streamlit.

measured     everything that a results file says of one set of weights
quantities   a table of the figures that axes can show, each with its interval
classes      right and wrong class by class, and which clips those are
uploaded     results files that visitors bring, checked field by field
"""
