"""`python -m fixviz` is the same as `fixviz`."""

from fixviz.cli import main

if __name__ == "__main__":
    main()
