# Every target sets up what it needs by itself; `make help` lists them.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Dependency groups (PEP 735) need pip 25.1; a new Python 3.11 brings an older one.
NEW_PIP := $(PIP) --upgrade pip

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt lint layers types pyright wheels docs picture release-check gen update gen-check bench bench-lookups bench-rows bench-drift bench-costs bench-export bench-first bench-memory bench-imports bench-codegen bench-turbo bench-coalesced bench-ceiling bench-profile bench-workers fault-matrix chaos fuzz fuzz-codegen oracle audit clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "trunkline needs Python 3.11 or newer; none was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing trunkline with what the demo needs"
	@$(PIP) -e '.[cli,sandbox,parquet,speed]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing trunkline with all extras and the development tools"
	@$(NEW_PIP)
	@$(PIP) -e '.[all]' --group dev
	@touch $@

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing trunkline with the clients and generators it is compared with"
	@$(NEW_PIP)
	@$(PIP) -e '.[all]' --group bench
	@touch $@

demo: $(VENV)/.demo ## thousands of lookups against both APIs, played by the sandbox
	@$(BIN)/trunkline demo --out out

test: $(VENV)/.dev ## the whole test suite
	@$(BIN)/python -m pytest -q -n 2 $(TESTS)

check: lint layers types pyright gen-check audit wheels ## lint, layers, types, generated code up to date, dependencies, wheels

fmt: $(VENV)/.dev ## format the hand-written code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only -q .

lint: $(VENV)/.dev ## ruff, format included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .

layers: $(VENV)/.dev ## which folder may import which: the contracts in pyproject.toml
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.dev ## mypy --strict over the library, the generator and the generated code
	@$(BIN)/mypy

pyright: $(VENV)/.dev ## what a second type checker says of the library, the generator and the examples
	@$(BIN)/basedpyright

wheels: $(VENV)/.dev ## build both wheels, install each alone, use them, and follow the site's pages with them
	@$(BIN)/python -m tests.packaging.wheels

gen: $(VENV)/.dev ## regenerate both clients from specs/
	@$(BIN)/python -m codegen build

.PHONY: update-document
update-document: # before the set-up, which takes minutes
	@test -n "$(DOC)$(API)" || { echo "name the saved vendor document, make update DOC=page.txt, or fetch it, make update API=abzorb" >&2; exit 2; }

update: update-document $(VENV)/.dev ## follow a vendor's change: DOC=page.txt or API=abzorb [SPEC=specs/...] [FULL=1] [UPDATE="--follow HOST ..."]
	@$(BIN)/python -m codegen update $(if $(API),--api "$(API)","$(DOC)") $(if $(SPEC),--spec "$(SPEC)") $(if $(FULL),--full) $(UPDATE)

gen-check: $(VENV)/.dev ## fail when the generated code differs from specs/
	@$(BIN)/python -m codegen check

bench: $(VENV)/.bench bench-lookups bench-ceiling bench-rows bench-drift bench-costs bench-coalesced bench-export bench-first bench-profile bench-memory bench-imports bench-codegen bench-turbo ## every measure of docs/performance.md, one after the other

bench-lookups: $(VENV)/.bench ## single lookups a second, beside other clients
	@$(BIN)/python -m bench lookups $(BENCH)

bench-ceiling: $(VENV)/.bench ## how fast one lookup after the other can be at all here
	@$(BIN)/python -m bench ceiling $(BENCH)

bench-rows: $(VENV)/.bench ## rows a second over 500-row pages
	@$(BIN)/python -m bench rows $(BENCH)

bench-drift: $(VENV)/.bench ## what noticing drift costs
	@$(BIN)/python -m bench drift $(BENCH)

bench-costs: $(VENV)/.bench ## what single settings cost a lookup, and odd rows a page, in one run
	@$(BIN)/python -m bench costs $(BENCH)

bench-turbo: $(VENV)/.bench ## whether pyreqwest can carry requests: speed, exits, rules
	@$(BIN)/python -m bench turbo $(BENCH)

bench-coalesced: $(VENV)/.bench ## many keys by few requests, beside one request a key
	@$(BIN)/python -m bench coalesced $(BENCH)

bench-profile: $(VENV)/.bench ## where the time of a lookup goes
	@$(BIN)/python -m bench profile $(BENCH)

bench-export: $(VENV)/.bench ## rows a second into a Parquet file, beside the loop through cattrs
	@$(BIN)/python -m bench export $(BENCH)

bench-workers: $(VENV)/.bench ## keys a second by number of Dask workers; KEYS=1000000
	@$(BIN)/python -m bench workers --keys $(or $(KEYS),100000) $(BENCH)

bench-first: $(VENV)/.bench ## the first lookup of a fresh process, beside aiohttp's
	@$(BIN)/python -m bench first $(BENCH)

bench-memory: $(VENV)/.bench ## peak memory of a million lookups
	@$(BIN)/python -m bench memory $(BENCH)

bench-imports: $(VENV)/.bench ## import time
	@$(BIN)/python -m bench imports $(BENCH)

bench-codegen: $(VENV)/.bench ## generating a client; DOCUMENT=file names one of your own
	@$(BIN)/python -m bench codegen $(if $(DOCUMENT),--document $(DOCUMENT)) $(BENCH)

fault-matrix: $(VENV)/.dev ## every fault by every kind of operation; writes docs/reliability.md
	@$(BIN)/python -m tests.reliability.fault_matrix

chaos: $(VENV)/.dev ## lookups, changes, an export and a cluster under faults, killed five times each; KEYS=, KILLS=
	@$(BIN)/python -m tests.reliability.chaos --keys $(or $(KEYS),100000) --kills $(or $(KILLS),5)

fuzz: $(VENV)/.dev ## generated input for a minute; FUZZ_SECONDS=
	@$(BIN)/python -m tests.reliability.fuzz --seconds $(or $(FUZZ_SECONDS),60)

oracle: $(VENV)/.dev ## judge generated clients on the wire; DOCUMENTS=folder of OpenAPI and Postman documents
	@test -n "$(DOCUMENTS)" || { echo "name the documents: make oracle DOCUMENTS=folder" >&2; exit 2; }
	@$(BIN)/python -m tests.codegen.oracle $(DOCUMENTS)

fuzz-codegen: $(VENV)/.dev ## random and damaged documents through the generator; TRUNKLINE_FUZZ= how many of each
	@TRUNKLINE_FUZZ=$(or $(TRUNKLINE_FUZZ),500) $(BIN)/python -m pytest -q tests/codegen/smoke/test_smoke_fuzz.py

docs: $(VENV)/.dev ## the documentation site, into site/; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

picture: $(VENV)/.demo ## draw the README's picture from a run of the demo
	@$(BIN)/python docs/site/picture.py

release-check: wheels sbom ## what a release needs beyond the checks: both wheels in dist/, a dated changelog, an address
	@$(BIN)/python -m tests.packaging.release

audit: $(VENV)/.dev ## known flaws in dependencies, missing pins and hashes, licences, conflicts; AUDIT=--strict
	@$(BIN)/python -m tests.reliability.dependency_audit $(AUDIT)

.PHONY: sbom lock
sbom: $(VENV)/.dev ## the wheel's bill of materials (CycloneDX) and its licences, into dist/
	@$(BIN)/python -m tests.reliability.bill_of_materials dist

lock: $(VENV)/.dev ## constraints.lock: the pins of constraints.txt with the hashes of their files; needs an index
	@$(BIN)/python -m tests.reliability.lock

clean: ## remove what the targets made
	@rm -rf $(VENV) out dist site build .mypy_cache .ruff_cache .pytest_cache .hypothesis
