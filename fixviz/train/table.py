"""Run `python -m fixviz.evaluation.table` by its earlier name."""

from fixviz.evaluation.table import command

if __name__ == "__main__":
    command()
