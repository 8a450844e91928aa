# Everything a developer does here, in one place. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m
UV     := $(BIN)/uv
export PYTHONDONTWRITEBYTECODE ?= 1

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/ready ## create .venv with the locked packages

$(VENV)/uv-ready: requirements/uv-bootstrap.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv-bootstrap.lock
	touch $@

$(VENV)/ready: $(VENV)/uv-ready requirements/dev.lock
	$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements/uv-bootstrap.lock requirements/dev.lock
	touch $@

run: setup ## start the whole platform here; Ctrl-C ends it
	$(RUN) deploy.local run

up: setup ## start the platform in the background, return when it is ready
	$(RUN) deploy.local up

down: setup ## stop the platform started by `make up`
	$(RUN) deploy.local down

logs: setup ## follow the platform's logs
	$(RUN) deploy.local logs

reset: setup ## stop the platform and forget its data
	$(RUN) deploy.local reset

demo: setup ## live through one relying party's whole journey, step by step
	$(RUN) tests.system.demo

test: setup ## run the tests (needs nothing running)
	$(RUN) pytest -n 2 --dist loadfile -m "not faults and not browser" $(ARGS)

test-faults: setup ## kill, wipe and hang things, and count what was lost
	$(RUN) pytest -m faults tests/faults $(ARGS)

test-browser: setup ## live through the pages in a real Chromium (from Debian where it is missing)
	$(RUN) pytest -m browser tests/browser $(ARGS)

screenshots: setup ## a picture of every page, light, dark and on a phone, to be looked at (ARGS=folder)
	$(RUN) tests.browser.screenshots $(ARGS)

check: setup ## format, lint, types, import and size rules, generated files
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(RUN) pytest -q -n 2 tests/architecture

fix: setup ## format and mend what can be mended by machine
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

generate: setup ## write the generated files anew (routes, OpenAPI, schemas)
	$(RUN) deploy.generate

bench-transport: setup ## the cost of gateway and NATS against the same app served directly
	$(RUN) bench.transport $(ARGS)

bench-events: setup ## commit to effect, at 100/s and at 1,000/s
	$(RUN) bench.events $(ARGS)

bench-verifier: setup ## 1,000 verifications at once, health checks, and hosts that hang
	$(RUN) bench.verifier

bench-auth: setup ## tokens, introspection, refresh, sign-in against a peer and against signing alone
	$(RUN) bench.auth $(ARGS)

bench-registry: setup ## lists of 10,000 apps, creates, and how soon a change is in auth
	$(RUN) bench.registry

bench-delivery: setup ## commit to webhook, backlog, polling; ARGS=--soak for ten minutes and its memory
	$(RUN) bench.delivery $(ARGS)

bench: bench-transport bench-events bench-verifier bench-auth bench-registry bench-delivery ## every benchmark

LOCK = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: $(VENV)/uv-ready ## renew the hash-pinned locks: what production runs, and all that development adds
	echo uv | $(LOCK) - -o requirements/uv-bootstrap.lock
	$(LOCK) pyproject.toml -o requirements/runtime.lock
	sed -n 's/ \\$$//;/^[a-z]/p' requirements/runtime.lock > $(VENV)/pins.txt
	$(LOCK) pyproject.toml --group local --group test --group check --constraint $(VENV)/pins.txt -o requirements/dev.lock

.PHONY: help setup run up down logs reset demo test test-faults test-browser screenshots check fix generate bench bench-transport bench-events bench-verifier bench-auth bench-registry bench-delivery lock
