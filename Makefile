# Urval. Every target sets up what it needs in .venv, on a machine with only python3, venv, make and pip.
PYTHON ?= python3
PY := .venv/bin/python
# One more than there are processors: tests also wait, for servers and for programs they start.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
export DO_NOT_TRACK := 1

.PHONY: help demo test test-bluesky check bench pictures format lock schema clean

help:
	@echo "make demo    set up, archive the fictional city Exempelstad, verify the package"
	@echo "make test    set up, run every test (real S3, WordPress, Prefect, veraPDF)"
	@echo "make test-bluesky  capture from a real Bluesky network on this machine (npm, PostgreSQL, Redis; about 700 MB)"
	@echo "make check   lint, types, import layers, documents"
	@echo "make bench   measure speed and memory, as ratios"
	@echo "make pictures  live a year of the fictional city, and take the handbook's pictures of it (Chromium)"

# The stamp names the lock, so that a changed lock is installed again.
.venv/installed: requirements.lock pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "setting up .venv from requirements.lock …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/installed
	@.venv/bin/urval demo

test: .venv/installed
	@$(PY) tests/system_packages.py
	@$(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

test-bluesky: .venv/installed
	@$(PY) -m pytest tests/bluesky_network/real_network.py

check: .venv/installed
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) docs/check.py

bench: .venv/installed
	@$(PY) -m bench

pictures: .venv/installed
	@$(PY) docs/pictures.py

format: .venv/installed
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --fix --quiet .

# Needs uv on the PATH; the lock holds hashes for every platform and Python from 3.11.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--extra browse --extra run --extra dev -o requirements.lock pyproject.toml

schema: .venv/installed
	@.venv/bin/urval spec schema --output archive_specs/schema.json

clean:
	rm -rf .venv .build demo-store demo-store-keys .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
