"""Run `python -m fixviz.evaluation.table` under the name that it had before."""

from fixviz.evaluation.table import command

if __name__ == "__main__":
    command()
