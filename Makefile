# make run    the portal on this machine          make test    all tests
# Everything else: make help

SHELL := /bin/bash
PY := .venv/bin/python
ARGS ?=
DECADE ?= $(firstword $(wildcard /dev/shm) /tmp)

.DEFAULT_GOAL := help
.PHONY: help run test lint bench promises decade flask lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: ## set up what is missing, then start the portal (PORT=8000, INSTANCE_DIR=instance)
	@tasks/bootstrap.sh run
	@exec $(PY) -m tasks.embedded --with-parent

test: ## set up what the tests need, then run them (ARGS="-k filing -x")
	@tasks/bootstrap.sh test
	@exec $(PY) -m pytest -n 3 --dist worksteal $(ARGS)

promises: ## the promises in their full figures; takes an hour or more
	@tasks/bootstrap.sh test
	@exec $(PY) -m pytest -n 2 --dist worksteal -m promise_full $(ARGS)

bench: ## CPU of pages at 1,000 and 100,000 cases, beside a bare string (wants the machine alone)
	@tasks/bootstrap.sh test
	@exec $(PY) -m tests.benchmarks.pages $(ARGS)

pages: ## every page at both widths, on paper and by keyboard; a quarter of an hour
	@tasks/bootstrap.sh test
	@PICTURES=1 $(PY) -m pytest -n 2 --dist worksteal -m "pages_full or slow" tests/journeys $(ARGS)

decade: ## ten years of 303 bases, every step of every table, all invariants each day; hours (ARGS="--seed 2 --bases 60")
	@tasks/bootstrap.sh run
	@INSTANCE_DIR=$$(mktemp -d $(DECADE)/decade.XXXX) && export INSTANCE_DIR && echo "the instance is $$INSTANCE_DIR" && \
	 for step in "db upgrade" "policy sync" "seed divisions"; do $(PY) -m flask --app tasks.embedded:portal $$step >/dev/null || exit 1; done; \
	 exec $(PY) -m flask --app tasks.embedded:portal simulate --bases 303 --from 2024-01-02 --to 2033-12-31 --check --coverage $(ARGS)

lint: ## style and the order of imports
	@tasks/bootstrap.sh test
	$(PY) -m ruff check .
	.venv/bin/lint-imports

flask: ## a command on the training instance (do="ledger verify")
	@tasks/bootstrap.sh run
	@$(PY) -m flask --app tasks.embedded:portal $(do)

lock: ## resolve the pinned libraries anew into the locks
	@tasks/bootstrap.sh run
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements.in -o requirements.txt
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-test.in -o requirements-test.txt
	npm install --package-lock-only --ignore-scripts

clean: ## remove what set-up and tests made; the instance stays
	rm -rf .venv node_modules incubator/static/vendor .pytest_cache .ruff_cache .hypothesis .import_linter_cache tests/.shots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
