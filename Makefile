# Two commands: `make demo` and `make test`. Everything lives in .venv/ of this checkout.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
JOBS ?= auto

# The published contracts that tests/chain runs, from npm; none of them is part of seawall.
CONTRACTS := @uniswap/v3-core@1.0.1 @uniswap/v3-periphery@1.4.4 @uniswap/v2-core@1.0.1 @openzeppelin/contracts@4.9.6

.PHONY: demo test test-chain check lint bench soak docs pictures screenshots clean

demo: .venv/run.stamp
	$(BIN)/seawall demo --out out/demo.html

test: .venv/test.stamp
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-chain: .venv/chain.stamp
	SEAWALL_TEST_CHAIN=1 $(BIN)/python -m pytest tests/chain -n $(JOBS)

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

soak: .venv/test.stamp
	$(BIN)/python scripts/soak.py --minutes $(or $(MINUTES),60)

pictures: .venv/test.stamp
	$(BIN)/python scripts/pictures.py

screenshots: .venv/test.stamp
	$(BIN)/python scripts/screenshots.py

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

.venv/chain.stamp: .venv/test.stamp
	$(PIP) install -c constraints.txt -e '.[test,chain,evm]'
	@if command -v npm >/dev/null; \
	then npm install --prefix .venv/chain --no-audit --no-fund --ignore-scripts --loglevel=error $(CONTRACTS) && touch $@; \
	else echo "npm is not here: install node for the published contracts; their tests skip without"; fi

.venv/docs.stamp: .venv/run.stamp
	$(PIP) install -c constraints.txt -e '.[docs]'
	touch $@

.venv/bench.stamp: .venv/run.stamp
	$(PIP) install -c constraints.txt -e '.[bench]'
	touch $@
