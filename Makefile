# What can be done with this checkout? `make` lists it. Everything is installed into .venv, nothing outside of it,
# but for Debian's Chromium, which `make test` brings where it may.

# The first Python that fits; another one by name: make demo PYTHON=python3.12
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c '$(FITS)' >/dev/null 2>&1 && { echo $$name; exit; }; done; echo python3)
endif

BIN := .venv/bin
# A stamp is named after what was installed, so that a second call installs nothing.
KEY := $(shell cat pyproject.toml requirements.lock | cksum | tr ' ' '-')
RUNTIME := .venv/receta-runtime-$(KEY)
DEVELOPMENT := .venv/receta-development-$(KEY)
# An environment that does not start, or that was moved here from another folder, is made anew.
SOUND := $(shell $(BIN)/python -c '$(FITS)' 2>/dev/null && grep -qsF "$$(pwd -P)/.venv/" $(BIN)/pip && echo yes)

# Pages and servers in the tests would get into each other's way on many cores; a file's tests stay together.
PYTEST := $(BIN)/python -m pytest -q --durations=10
PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile

.PHONY: help demo test check bench docs page pictures lock fast slow exhaustive browser again
.NOTPARALLEL:

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

demo: $(RUNTIME) ## install, train on 1,797 handwritten digits, write a report
	@$(BIN)/receta run digits --out runs/demo
	@test -f runs/demo/report.html

test: fast slow ## install what tests need, run all tests

fast: $(DEVELOPMENT) page browser ## run the tests that take seconds
	@$(PYTEST) $(PARALLEL) -m "not slow and not exhaustive"

slow: $(DEVELOPMENT) page browser ## run the tests that take longer
	@$(PYTEST) $(PARALLEL) -m slow

exhaustive: $(DEVELOPMENT) page browser ## run every pair of a product that make test only tries some of
	@$(PYTEST) $(PARALLEL) -m exhaustive

check: $(DEVELOPMENT) ## lint, check layout, types, the order of the rooms, the figures of the house
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python .ci/house.py

bench: $(DEVELOPMENT) ## measure; each file in benchmarks/ prints its figures
	@for file in benchmarks/[a-z]*.py; do \
		test -f "$$file" || { echo "No benchmark in benchmarks/."; exit 1; }; \
		echo "== $$file"; $(BIN)/python "$$file" || exit; \
	done

docs: $(DEVELOPMENT) ## write the tables of shelves anew, and the manual as pages into site/
	@$(BIN)/python docs/tables.py
	@NO_MKDOCS_2_WARNING=true $(BIN)/python -m mkdocs build --quiet --strict
	@echo "Manual: site/index.html"

page: $(DEVELOPMENT) ## build the live page from web/, where that changed
	@$(BIN)/python web/build.py

pictures: $(DEVELOPMENT) page browser ## make the pictures of the README anew, from a run on digits
	@$(BIN)/python docs/pictures/make.py

lock: ## write requirements.lock anew from the newest versions that fit
	@rm -rf .venv/lock
	$(call create,.venv/lock)
	@echo "Installing the newest versions that fit into .venv/lock: a few minutes."
	@.venv/lock/bin/python -m pip install -qq --disable-pip-version-check -e ".[dev]"
	@{ sed '/^#/!d' requirements.lock; \
		.venv/lock/bin/python -m pip freeze --exclude-editable --disable-pip-version-check | sed 's/+[a-z0-9.]*$$//; /tensorflow.cpu==/{p; s/.cpu//;}'; \
	} > requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@rm -rf .venv/lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) versions. Run make test before it is committed."

ifneq ($(SOUND),yes)
$(RUNTIME) $(DEVELOPMENT): again
endif

$(RUNTIME):
	$(call create,.venv)
	@echo "Installing receta with TensorFlow into .venv (2.2 GB): minutes the first time."
	@$(BIN)/python .ci/install.py -c requirements.lock -e ".[all]"
	@rm -f .venv/receta-*
	@touch $@

$(DEVELOPMENT):
	$(call create,.venv)
	@echo "Installing receta and what its tests need into .venv: minutes the first time."
	@$(BIN)/python .ci/install.py -c requirements.lock -e ".[dev]"
	@rm -f .venv/receta-*
	@touch $(RUNTIME) $@

browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null && exit 0; \
	done; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "Installing Debian's Chromium for the tests of pages."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
		} >/dev/null 2>&1 || echo "Chromium cannot be installed here: the tests of pages are skipped."; \
	else \
		echo "No browser found: the tests of pages are skipped. To have them: sudo apt-get install chromium"; \
	fi

# $(call create,FOLDER): a virtual environment, or the one line that says how to get one.
define create
@if test "$(1)" = .venv && test "$(SOUND)" = yes; then exit 0; fi; \
	if ! command -v $(PYTHON) >/dev/null; then \
		echo "$(PYTHON) is not installed; receta needs Python 3.11, 3.12 or 3.13. Run:"; \
		echo "sudo apt-get install python3 python3-venv"; exit 1; \
	elif ! $(PYTHON) -c '$(FITS)' >/dev/null 2>&1; then \
		echo "$$($(PYTHON) --version 2>&1) does not fit; receta needs Python 3.11, 3.12 or 3.13. Run this, then the same again:"; \
		echo "sudo apt-get install python3.11-venv"; exit 1; \
	elif ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$(PYTHON) cannot make virtual environments. Run this, then the same again:"; \
		echo "sudo apt-get install $(notdir $(PYTHON))-venv"; exit 1; \
	fi; \
	$(PYTHON) -m venv --clear $(1)
endef
