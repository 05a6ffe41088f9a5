# make demo    segment a bundled MRI with the bundled model; from a fresh clone, makes .venv and installs first
# make test    every test, with coverage: the library's, then the modules' in the test host
# make window  the modules in the test host, without Slicer
# make screenshots    the pictures of the panels in Resources/Screenshots, made again by the modules' tests
# make lint    style, types, layers
# make training-proof DATA=DIR OUTPUT=DIR    the Training module's full proof, about an hour; it goes on where it was
# PYTHON=python3.12 VENV=.venv-3.12 make test    the same with another interpreter

VENV ?= .venv
BIN := $(VENV)/bin
INPUTS := pyproject.toml constraints.txt .ci/install .ci/system-libraries
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

.PHONY: help demo test window screenshots lint format clean training-proof
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

$(VENV)/.installed: $(INPUTS)
	bash .ci/install $(VENV)
	@touch $@

$(VENV)/.installed-for-tests: $(INPUTS)
	bash .ci/install $(VENV) test,host,lint
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/ugmcl demo --output demo

test: $(VENV)/.installed-for-tests
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=
	$(ONE_THREAD) $(BIN)/python -m pytest Testing/modules -n 2 --dist loadfile --cov --cov-append --cov-report=term

window: $(VENV)/.installed-for-tests
	PYTHONPATH=Testing $(BIN)/python -m host UGMCLSegmentation

screenshots: $(VENV)/.installed-for-tests
	UGMCL_SCREENSHOTS=build/screenshots $(BIN)/python -m pytest Testing/modules -m screenshots
	PYTHONPATH=Testing $(BIN)/python -m host.kept_screenshots build/screenshots .

training-proof: $(VENV)/.installed-for-tests
	PYTHONPATH=Testing:Testing/benchmarks:. $(BIN)/python Testing/benchmarks/training_proof.py $(DATA) $(OUTPUT) --report docs

lint: $(VENV)/.installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-for-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .coverage .coverage.*
