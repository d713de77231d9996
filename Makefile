# Two commands: `make run` starts the product with a live demo, `make test` passes the tests.
# Each installs what it needs. `make help` lists the others.
.DEFAULT_GOAL := help
PORT ?= 8000
HOST ?= 127.0.0.1
RESPONDER := .venv/bin/responder
# The browser's event loop stays in its thread, and Azure's SDK changes its process: both have one of their own.
# A worker a core, each with whole files and one thread, so that they do not wait for each other.
PYTEST := OMP_NUM_THREADS=1 .venv/bin/python -m pytest
WORKERS := --maxprocesses 8 --dist loadfile --no-loadscope-reorder --numprocesses
# Journeys in a browser and Azure's SDK share the cores, as each waits at times. Each tells at its end.
BROWSERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))
# Without byte code each process compiles 5,000 files of torch and transformers again: 10 s of processor time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-dev setup-tools run test test-fast test-main test-slow test-browser test-azure check audit lint types js benchmark lock dist exercise sbom check-deploy docs azure-demo demo pictures slides

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## make .venv with everything the product runs and trains with
	@scripts/setup.sh run

run: setup ## start the product with a live exercise (PORT=8000, HOST=127.0.0.1)
	@exec $(RESPONDER) up --demo --host $(HOST) --port $(PORT)

setup-dev: setup-tools
	@scripts/system_packages.sh

# Python packages alone: what builds, checks and documents needs neither a browser nor a database.
setup-tools:
	@scripts/setup.sh dev
	@scripts/hooks.sh

test: setup-dev lint types test-main ## run the tests, lint and types
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-browser test-azure

test-slow: setup-dev ## run the longer proofs too
	@scripts/system_packages.sh slow
	@$(PYTEST) $(WORKERS) auto -m "not browser and not azure"
	@$(PYTEST) $(WORKERS) auto -m browser --tb native
	@$(PYTEST) -m azure

# What needs no browser, no other process and no trained network.
FAST := tests/static tests/classifier/api tests/classifier/places tests/responder/cap tests/responder/partners \
	tests/responder/queries tests/responder/settings tests/responder/triage tests/responder/web
test-fast: setup-dev ## run the quick tests, for while you write: no processes, no browser
	@$(PYTEST) $(WORKERS) auto -m "not slow and not browser and not azure and not postgres" --durations 5 $(FAST)

# The phases of `test`; the pipelines run them side by side.
test-main: setup-dev
	@$(PYTEST) $(WORKERS) auto -m "not slow and not browser and not azure" --durations 15

test-browser: setup-dev
	@$(PYTEST) $(WORKERS) $(BROWSERS) -m "browser and not slow" --tb native --durations 10

test-azure: setup-dev
	@$(PYTEST) -m "azure and not slow" --durations 10

check: setup-tools lint types js audit ## lint, format, types, the scripts, the architecture's contracts, known vulnerabilities

audit: setup-tools ## compare the locked packages with known vulnerabilities, offline (ADVISORIES=all.zip of OSV records)
	@.venv/bin/python scripts/audit.py $(ADVISORIES)

lint: setup-tools
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports

types: setup-tools
	@.venv/bin/mypy

js: ## check the scripts under static/js: lint, format, types, units (needs Node)
	@scripts/js.sh

benchmark: setup ## tweets per second of our path and of transformers.pipeline, side by side
	@$(RESPONDER) benchmark

azure-demo: setup-dev ## push, train, deploy, score and roll back on a stand-in for Azure ML; writes docs/demo.md (DEMO=--azurite)
	@.venv/bin/python -m tests.azure_emulator.demo $(DEMO)

lock: setup ## rewrite the lock files under requirements/
	@scripts/lock.sh

# All times inside are that of the last commit, so that the same sources make the same bytes.
dist: setup-tools ## build wheel and sdist, and the light wheel of client and model, into dist/, check them, write their SHA-256
	@rm -f dist/relief_responder-* dist/relief_responder_client-*
	@export SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}; \
		.venv/bin/python -m build --no-isolation --outdir dist . && \
		.venv/bin/python -m build --wheel --no-isolation --outdir dist packages/client
	@.venv/bin/python -m twine check --strict dist/relief_responder-* dist/relief_responder_client-*
	@cd dist && sha256sum relief_responder-* relief_responder_client-* | tee SHA256SUMS

demo: setup-dev ## play the exercise in a browser: pictures into docs/images/, a recording into dist/demo.mp4
	@scripts/system_packages.sh
	@.venv/bin/python scripts/demo.py

pictures: setup-dev ## take the pictures of README and presentation from the running exercise, into docs/images/
	@scripts/system_packages.sh
	@.venv/bin/python scripts/pictures.py

slides: setup-tools ## lay the presentation out as slides: docs/project/presentation.md into dist/presentation.pdf
	@.venv/bin/python scripts/slides.py dist/presentation.pdf

exercise: setup ## rebuild the bundled exercise from its sentences
	@.venv/bin/python -m responder.demo.build

sbom: setup-tools ## list every installed package with its licence as CycloneDX into dist/sbom.json
	@mkdir -p dist
	@.venv/bin/cyclonedx-py environment .venv/bin/python --pyproject pyproject.toml --output-reproducible --output-file dist/sbom.json

check-deploy: setup-tools ## check container, Kubernetes and pipeline files offline, and say what that cannot show
	@.venv/bin/python scripts/check_deploy.py

docs: setup-tools ## write the reference pages and build the documentation into site/, offline
	@.venv/bin/python scripts/reference.py
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet
