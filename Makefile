# `make app` and `make test` do all the set-up themselves: a virtual environment in .venv with the
# versions of constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test test-fast lint format clean

app: $(VENV)/.app  ## open the app in the browser
	$(BIN)/fixviz app

test: $(VENV)/.dev  ## run all tests
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev  ## run the tests that take a moment only
	$(BIN)/python -m pytest -m "not slow and not browser"

lint: $(VENV)/.dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "fixviz needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 app"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: pyproject.toml setup.py constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: pyproject.toml setup.py constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.app
