# Two commands: `make demo` and `make test`. Everything lives in .venv/ of this checkout.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
JOBS ?= auto

.PHONY: demo test check lint bench docs pictures clean

demo: .venv/run.stamp
	$(BIN)/seawall demo --out out/demo.html

test: .venv/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: lint test docs

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: .venv/docs.stamp
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/bench.stamp
	$(BIN)/python -m bench

pictures: .venv/test.stamp
	$(BIN)/python scripts/pictures.py

clean:
	rm -rf .venv site out build dist

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "seawall needs Python 3.11 or newer; set PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	touch $@

.venv/test.stamp: .venv/run.stamp
	$(PIP) install -c constraints.txt -e '.[test]'
	touch $@

.venv/docs.stamp: .venv/run.stamp
	$(PIP) install -c constraints.txt -e '.[docs]'
	touch $@

.venv/bench.stamp: .venv/run.stamp
	$(PIP) install -c constraints.txt -e '.[bench]'
	touch $@
