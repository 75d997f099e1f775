# Needs Python 3.11, pip and make. uv is used if it is already there; Node only by the contract's linters.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Compiled modules are what makes the second start fast; neither variable of a developer's shell may undo that.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.run ## Start Followthrough with a PostgreSQL of its own; PORT=8000
	$(BIN)/followthrough serve --port $(PORT)

.PHONY: demo
demo: .venv/.run ## The same with a small workspace to look at
	$(BIN)/followthrough serve --demo --port $(PORT)

.PHONY: test
test: .venv/.dev ## Run the tests on PostgreSQL 18, then those about the database on 16
	$(BIN)/python -m pytest -n 2 -m "not slow"
	FOLLOWTHROUGH_TEST_POSTGRES=16 $(BIN)/python -m pytest -n 2 -m "both_versions and not slow"

.PHONY: slow
slow: .venv/.dev ## Run the tests that take longer: kill -9, first starts, Schemathesis
	$(BIN)/python -m pytest -n 2 -m slow

.PHONY: cover
cover: .venv/.dev ## Check that tests reach every line and branch of the ledger
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 -m "not slow" tests/ledger tests/proofs
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include="app/ledger/*" --fail-under=100

.PHONY: check
check: .venv/.dev ## Lint, check types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: bench
bench: .venv/.dev ## Measure, against floors measured in the same run
	$(BIN)/python benchmarks/run.py

.PHONY: openapi
openapi: .venv/.dev ## Write openapi/openapi.json from the code
	$(BIN)/followthrough openapi >openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

.PHONY: lock
lock: ## Choose versions anew from pyproject.toml (needs uv; UPGRADE=--upgrade for the newest)
	$(LOCK) $(UPGRADE) --output-file requirements.lock
	$(LOCK) $(UPGRADE) --output-file requirements-dev.lock --extra dev --constraint requirements.lock

.PHONY: clean
clean: ## Remove what the other targets made, but not the data in var/
	rm -rf .venv node_modules build *.egg-info .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find app alembic tests benchmarks scripts -name __pycache__ -prune -exec rm -rf {} +

LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links

.venv/.run: requirements.lock Makefile
	$(call install,requirements.lock)
	touch $@

.venv/.dev: requirements-dev.lock Makefile
	$(call install,requirements-dev.lock)
	touch .venv/.run $@

# The environment holds what we depend on; the launcher finds the code in this checkout, so nothing has to be built.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Followthrough needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
@if command -v uv >/dev/null; then \
  { $(BIN)/python -c '' 2>/dev/null || uv venv --quiet --clear --python "$(PYTHON)" .venv; } && \
  uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); \
else \
  { $(BIN)/python -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv; } && \
  { $(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null; } && \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
fi
@printf '%s\n' '#!/bin/sh' 'here=$$(dirname "$$(readlink -f "$$0")")' \
  'PYTHONPATH="$$here/../.." exec "$$here/python" -P -m app.cli "$$@"' >$(BIN)/followthrough
@chmod +x $(BIN)/followthrough
endef
