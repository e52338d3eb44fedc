# Two commands do everything on a machine that has Python 3.11+ and make:
#   make demo    real debug sessions through dapshim, printed
#   make test    formatting, types and all tests
# Both set up what they need first (tools/bootstrap.py), say what they do, and are quick the second time.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ifeq ($(strip $(PYTHON)),)
$(error dapshim needs Python 3.11 or newer on the PATH; name one with: make PYTHON=/path/to/python3.12)
endif

VENV := .venv
BIN := $(VENV)/bin
# The tools that the set-up installed come first, then the machine's own.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.tools/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench listen demo test lint format unit matrix editors-ready test-editors bench-editors bench extension extension-modules test-extension clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## .venv with dapshim, Go and dlv
	@$(PYTHON) tools/bootstrap.py

setup-test: ## the same, with what the tests need
	@$(PYTHON) tools/bootstrap.py --group dev

listen: setup ## dapshim on port 4711, for "debugServer": 4711 in launch.json; PORT=N for another
	@$(BIN)/dapshim --listen $(or $(PORT),4711)

demo: setup ## whole debug sessions through dapshim, printed
	@DAPSHIM_DLV="$$(command -v dlv)" $(BIN)/dapshim demo

test: setup-test lint unit test-extension ## all tests but what takes longer: see matrix and test-editors

lint: setup-test ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup-test ## let ruff rewrite the tree
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Most of a test is waiting for dlv, so two at once are nearly twice as fast. The tests of one file stay together: they start
# programs of one name.
unit: setup-test ## the tests alone
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

matrix: setup-test ## what takes longer: each layout of sources, with and without dapshim, in a table; every Go release since 1.16
	@$(BIN)/pytest -m matrix

editors-ready: setup-test ## what test-editors needs: code-server, Chromium, playwright-core, the extension, Emacs
	@$(PYTHON) tools/editors.py ready

test-editors: setup-test ## eleven stories in a real VS Code workbench, with pictures, and sessions in Emacs; STORY=3 or STORY=1,2 tells some, ALL=1 fails if one cannot be told, PICTURES=1 draws docs/images
	@$(PYTHON) tools/editors.py test $(if $(STORY),--story $(STORY)) $(if $(ALL),--all) $(if $(PICTURES),--pictures)

bench-editors: setup-test ## F5 to the first stop in VS Code, beside the Go extension's own adapter; writes benchmarks/editors.md
	@$(PYTHON) tools/editors.py bench

setup-bench:
	@$(PYTHON) tools/bootstrap.py --group bench

bench: setup-bench ## dapshim beside plain dlv, as ratios
	@$(BIN)/python benchmarks/run.py

extension: setup extension-modules ## the VS Code extension, as vscode-extension/dist/dapshim-VERSION.vsix
	@cd vscode-extension && npm run --silent package -- "$(CURDIR)/$(BIN)/python"

test-extension: setup-test extension-modules ## the extension's own tests: types, lint, and its core in plain Node against the real dapshim
	@cd vscode-extension && npm run --silent check && npm run --silent package -- "$(CURDIR)/$(BIN)/python" && npm test --silent

# Quick the second time: npm looks only when package.json has changed since.
extension-modules: vscode-extension/node_modules/.installed

vscode-extension/node_modules/.installed: vscode-extension/package.json
	@command -v npm >/dev/null || { echo "the extension is built with Node 20 or newer and npm, and there is no npm on the PATH"; exit 1; }
	@cd vscode-extension && npm install --silent && touch node_modules/.installed

clean: ## remove all that make has made
	rm -rf $(VENV) .tools dist build vscode-extension/node_modules vscode-extension/dist vscode-extension/out vscode-extension/wheel .mypy_cache .ruff_cache .pytest_cache .hypothesis
