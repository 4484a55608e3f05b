# `make app` and `make test` do all the set-up themselves: a virtual environment in .venv with the
# versions of constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait half of the time, for browsers and processes: four workers keep two processors busy.
WORKERS ?= 4
NPM := $(shell command -v npm)
# The tests of one file share what is dear to make: a server, a browser, a run.
BESIDE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: app test test-all test-fast test-portable test-js lint lint-python lint-js format format-js bundle docs docs-serve clean

app: $(VENV)/.app  ## open the app in the browser
	$(BIN)/fixviz app

test: $(VENV)/.dev  ## run all tests but the slow ones, WORKERS of them side by side
	$(BIN)/python -m pytest $(BESIDE) -m "not slow"

test-all: $(VENV)/.dev  ## run every test
	$(BIN)/python -m pytest $(BESIDE)

test-fast: $(VENV)/.dev  ## run the tests that take a moment only: none with a browser
	$(BIN)/python -m pytest $(BESIDE) -m "not slow and not browser"

test-portable: $(VENV)/.dev  ## run the numeric tests with the sums of a processor without AVX-512, on one thread
	ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 \
		$(BIN)/python -m pytest $(BESIDE) -m "not slow" tests/model tests/analysis tests/data/test_generate.py

test-js:  ## run the tests of the browser's modules that need no browser
	npm run --silent test

lint: lint-python  ## style and types; of the JavaScript, where Node.js is installed
	@if [ -n "$(NPM)" ] || [ -n "$$CI" ]; then $(MAKE) --no-print-directory lint-js; \
	else echo "The JavaScript is not checked: install Node.js 18.18 or newer with npm, then run make lint-js."; fi

lint-python: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-js: node_modules/.installed
	npm run --silent lint

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if [ -n "$(NPM)" ]; then $(MAKE) --no-print-directory format-js; fi

format-js: node_modules/.installed
	npm run --silent format

bundle: node_modules/.installed  ## put the browser's modules together for files that stand alone (fixviz export)
	npm run --silent bundle

docs: $(VENV)/.dev  ## the documentation with the API reference, in site/
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation: $(CURDIR)/site/index.html"

docs-serve: $(VENV)/.dev  ## the same on a local server, built again when a file changes
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

clean:
	rm -rf $(VENV) node_modules site

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

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $@
