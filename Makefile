# FKS: `make desk` opens the desk, `make test` runs every test, `make` lists the rest.

SHELL := /bin/sh
VENV ?= .venv
ARGS ?=
MINUTES ?= 30
RUNS ?= 300
SEED ?= 1
PARALLEL ?= 2
SUITABLE := import sys; sys.exit(sys.version_info < (3, 11))
# The interpreter that .venv is made from: the first Python >= 3.11 found, or the one given as PYTHON=...
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(SUITABLE)' >/dev/null 2>&1 && echo "$$name" && break; done)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
SOURCES := fks_engine fks_tui tests

.DEFAULT_GOAL := help
.PHONY: help desk test check format map bench soak chaos halts clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

desk: $(VENV)/.desk ## Open the desk (installs FKS into .venv the first time)
	@exec $(VENV)/bin/fks $(ARGS)

test: $(VENV)/.test ## Run every test (ARGS="-k orders" narrows it)
	@$(VENV)/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.check ## Check format, lint, types and architecture
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy $(SOURCES)
	$(VENV)/bin/python -m pytest -q tests/architecture

format: $(VENV)/.check ## Format the code and mend what the linter can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

map: $(VENV)/.desk ## Rewrite the README's map from the module docstrings
	$(VENV)/bin/python -m tests.architecture.readme_map --write

bench: $(VENV)/.test ## Measure speed; prints ratios that hold on any machine
	$(VENV)/bin/python -m tests.bench $(ARGS)

soak: $(VENV)/.test ## Trade among random faults for MINUTES=30; prints a table (ARGS="--seed 2")
	$(VENV)/bin/python -m tests.soak --minutes $(MINUTES) $(ARGS)

chaos: $(VENV)/.test ## Kill the engine RUNS=300 times where it hurts, among faults (SEED=1), and compare with the exchange after each
	$(VENV)/bin/python -m tests.chaos --runs $(RUNS) --seed $(SEED) --parallel $(PARALLEL)

halts: RUNS = 200
halts: $(VENV)/.test ## Halt RUNS=200 times among faults while a trader trades (SEED=1); nothing may leave after the latch or be left open
	$(VENV)/bin/python -m tests.chaos.halts --runs $(RUNS) --seed $(SEED)

clean: ## Remove .venv, caches and build results
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@if [ -z '$(PYTHON)' ] || ! '$(PYTHON)' -c '$(SUITABLE)' 2>/dev/null; then \
		echo 'FKS needs Python 3.11 or newer; found: $(or $(PYTHON),none)' \
			"($$($(or $(PYTHON),python3) --version 2>&1 | head -n 1))." >&2; \
		echo 'Install one and name it, for example: make desk PYTHON=python3.12' >&2; exit 1; fi
	@'$(PYTHON)' -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo 'Python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

# Each stamp stands for one finished installation; pip runs again only when pyproject.toml is newer.
$(VENV)/.desk: pyproject.toml | $(VENV)/bin/python
	@echo 'Installing FKS into $(VENV); this takes about a minute and happens once.'
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@echo 'Installing FKS and what its tests need into $(VENV).'
	@$(PIP) install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.desk

$(VENV)/.check: pyproject.toml | $(VENV)/bin/python
	@echo 'Installing FKS, what its tests need and the checkers into $(VENV).'
	@$(PIP) install --quiet --editable '.[test,check]'
	@touch $@ $(VENV)/.test $(VENV)/.desk
