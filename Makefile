# codergen: `make demo` shows it, `make test` proves it. Everything is installed into .venv from the locks in .ci/.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock clean peers live accept-first-job accept-wire accept-harness

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

setup: $(STAMP)  ## environment from the locks (uv; pip where uv cannot run)

$(STAMP): .ci/requirements-dev.lock .ci/requirements-uv.lock .ci/install pyproject.toml
	@.ci/install $(VENV)
	@touch $(STAMP)

demo: setup  ## three real jobs, no key, no question (DEMO_MODEL=none skips the embedded model)
	@$(BIN)/python -I -m evals.demo

check: setup  ## ruff, basedpyright, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	PYTHONPATH= $(BIN)/lint-imports

test: setup  ## every test that needs no service, in under ten minutes
	@$(BIN)/python -I -m providers.local.fetch smollm2-135m-instruct-q4_1 --for-tests || true
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not services and not chaos and not peers"

peers: setup  ## the vendors' own tools from npm (node >= 20, 870 MB once), driven by our stations
	@$(BIN)/python -I -m evals.peers
	$(BIN)/python -m pytest -m peers

live: setup  ## six small questions to every provider whose key is set (a few cents)
	@$(BIN)/python -I -m evals.live

bench: setup  ## the numbers of design section 9 that can be measured so far
	@$(BIN)/python -I -m evals.bench

accept-first-job: setup  ## the figures that the first-job issue asks for
	@$(BIN)/python -I -m evals.accept.first_job

accept-wire: setup  ## the figures that the issue on models and vendor CLIs asks for
	@$(BIN)/python -I -m evals.accept.wire

accept-harness: setup  ## the figures that the issue on our own loop asks for
	@$(BIN)/python -I -m evals.accept.harness

lock:  ## resolve the newest versions again (on purpose only)
	@for g in "" "--group dev"; do out=.ci/requirements$${g:+-dev}.lock; \
	  $(BIN)/uv pip compile pyproject.toml $$g --override .ci/overrides.txt --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header -q --upgrade -o $$out; done

clean:  ## remove what the Makefile made
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache
