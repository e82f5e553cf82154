# Needs Python 3.11 or newer and make; everything else is installed into .venv.

PYTHON ?= python3
VENV ?= .venv
TRL_VENV ?= .venv-trl
VLLM_VENV ?= .venv-vllm
OUT ?= runs/demo
MODEL ?= runs/served
PORT ?= 8000
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet -c constraints.txt
TORCHVISION := $(wildcard tests/install_torchvision.py)

# A stamp stands for an installation: a second call finds it and installs nothing.
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_TORCHVISION := $(VENV)/.installed-torchvision

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench bench-quick bench-busy bench-grading bench-growth bench-gpu vllm serve clean torchvision

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: $(INSTALLED)  ## Train and measure the embedded tiny model; results in runs/demo
	$(BIN)/asterism demo --out $(OUT)

test: $(INSTALLED_DEV) torchvision  ## Run the tests (without the slow ones and those that need a GPU, vLLM or a browser)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not slow and not vllm and not gpu and not browser"

lint: $(INSTALLED_DEV)  ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(INSTALLED)  ## Make the pages of docs/ that come from the code anew (docs/recipes.md)
	$(BIN)/python -m tests.generated_docs

bench: $(INSTALLED)  ## Measure a GRPO step against TRL and against the naive path (25 minutes, on a quiet machine)
	$(BIN)/python benchmarks/bench.py --trl $(TRL_VENV) --outside

bench-quick: $(INSTALLED)  ## The same over one case of short steps (5 minutes)
	$(BIN)/python benchmarks/bench.py --trl $(TRL_VENV) --quick

bench-busy: $(INSTALLED)  ## A step beside busy programs, for several ways in which threads wait (20 minutes, on a quiet machine)
	$(BIN)/python benchmarks/busy.py

bench-grading: $(INSTALLED)  ## Measure how often graders are wrong, and how fast they are (2 minutes)
	$(BIN)/python benchmarks/grading.py --docs docs/audit.md

bench-growth: $(INSTALLED)  ## Plot how a step grows with group, image and answer (25 minutes)
	@$(PIP) -e ".[bench]"
	$(BIN)/python benchmarks/growth.py --trl $(TRL_VENV)

bench-gpu: $(INSTALLED)  ## The step of 3B shapes with random weights on a CUDA GPU (minutes)
	$(BIN)/python benchmarks/gpu.py

vllm: | $(MADE)  ## Make the environment of vLLM's CPU build in .venv-vllm (a gigabyte and a half on the disk)
	$(BIN)/python tests/vllm_environment.py $(VLLM_VENV)

serve: vllm  ## Serve an exported model with it: make serve MODEL=runs/served PORT=8000 (see docs/vllm.md)
	$(BIN)/python -m tests.vllm_server $(MODEL) --port $(PORT) --environment $(VLLM_VENV)

clean:  ## Remove the environments and every cache; runs/ stays
	rm -rf $(VENV) $(TRL_VENV) $(VLLM_VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Asterism needs Python 3.11 or newer and $(PYTHON) is older or absent. Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "$(PYTHON) cannot make a virtual environment. Install its venv module (python3-venv on Debian)."; exit 1; }
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt | $(MADE)
	@echo "Installing Asterism into $(VENV) (a few minutes the first time)"
	@$(PIP) -e .
	@touch $@

$(INSTALLED_DEV): pyproject.toml constraints.txt | $(MADE)
	@echo "Installing Asterism and its development tools into $(VENV) (a few minutes the first time)"
	@$(PIP) -e ".[dev]"
	@touch $@ $(INSTALLED)

# torchvision serves the tests of some model families; those tests skip without it.
torchvision: $(INSTALLED_DEV) $(if $(TORCHVISION),$(INSTALLED_TORCHVISION))

$(INSTALLED_TORCHVISION): $(INSTALLED_DEV) $(TORCHVISION)
	@if $(BIN)/python $(TORCHVISION); then touch $@; else echo "torchvision was not installed; the tests that need it skip."; fi
