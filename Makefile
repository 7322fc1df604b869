# Two commands on a fresh machine with Python 3.11 or later and make: `make demo`, `make test`.
# uv sets the environment up where it is installed, pip otherwise; a second call does no set-up work.

VENV   ?= .venv
PYTHON ?= python3
DEMO   ?= runs/demo
digits := $(VENV)/bin/digits
# Tests that train nothing run on two cores; JAX uses both already.
ON_BOTH_CORES := tests/reading tests/explaining tests/synthesis tests/data

.PHONY: help demo test lint check docs tutorial clean

help:  ## Show these targets.
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1 — /p' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-all  ## Train on the embedded sample, evaluate, export, name digits never seen; read pictures.
	@rm -rf $(DEMO)
	$(digits) train dense-128-64 --data sample --out $(DEMO)
	$(digits) data convert sample $(DEMO)/held-back --to folder --split test --limit 10
	$(digits) classify $(DEMO)/held-back --model $(DEMO) --show
	$(digits) read examples/pictures examples/numbers --annotate $(DEMO)/read
	@echo
	@echo "These pictures, and what was read in them:  $(DEMO)/read"
	@echo "The network, ready to ship:  $(DEMO)/bundle  (its card: $(DEMO)/bundle/README.md)"
	@echo "Score it again:              $(digits) evaluate $(DEMO)"
	@echo "Draw, drop and correct:      $(digits) serve      (a page in your browser)"
	@echo "Next, on all of MNIST:       $(digits) train dense-128-64 --data mnist"

test: $(VENV)/.installed-dev  ## Run the default tests: minutes, no network, no GPU.
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(ON_BOTH_CORES)
	$(VENV)/bin/python -m pytest $(addprefix --ignore=,$(ON_BOTH_CORES))

lint: $(VENV)/.installed-dev  ## Format check, lint and strict types.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

check: lint test  ## Lint and tests.

docs: $(VENV)/.installed-dev  ## Write docs/cli.md anew, and what the commands print that the docs show.
	$(VENV)/bin/python scripts/make_cli_reference.py
	$(VENV)/bin/python scripts/run_docs.py

tutorial: $(VENV)/.installed-dev  ## Run docs/tutorial.ipynb and store it with its outputs.
	env -u DIGITS_RUNS_DIR $(VENV)/bin/python scripts/run_tutorial.py

clean:  ## Remove the environment, the runs and all caches.
	rm -rf $(VENV) runs .bench .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed-all: EXTRAS = all
$(VENV)/.installed-dev: EXTRAS = all,dev
$(VENV)/.installed-all $(VENV)/.installed-dev: pyproject.toml
	@echo "Setting up $(VENV) with [$(EXTRAS)]: a few minutes the first time."
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python '>=3.11' $(VENV) && \
	  uv pip install --quiet --python $(VENV)/bin/python --editable '.[$(EXTRAS)]'; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version + ". Choose another: make PYTHON=python3.12")' && \
	  $(PYTHON) -m venv $(VENV) && \
	  $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'; \
	fi
	@touch $@
