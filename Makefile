# Everything runs in .venv, which the first target that needs it makes: Python 3.11 or later, make and git suffice.

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
ENVIRONMENT := .venv/.complete
# A file's tests stay together, for they share what its fixtures make.
IN_PARALLEL := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The bytecode made below is worth two thirds of the time that a command takes to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-fast proof lint format viz notebook benchmark postgres-demo docs screenshots sample lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(ENVIRONMENT): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than Python 3.11; name a newer one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/python -m compileall -q -j 0 .venv/lib > /dev/null 2>&1 || true
	touch $@

run: $(ENVIRONMENT)  ## run every pipeline on the sample extract
	$(BIN)/kedro run

test: $(ENVIRONMENT)  ## run all tests
	$(BIN)/python -m pytest $(IN_PARALLEL) -m "not proof"

test-fast: $(ENVIRONMENT)  ## run the tests that take under a minute together
	$(BIN)/python -m pytest $(IN_PARALLEL) -m "not slow and not proof"

proof: $(ENVIRONMENT)  ## prove at length what the tests show, and print the figures of docs/proof.md
	$(BIN)/python -m pytest -m proof -rP

lint: $(ENVIRONMENT)  ## check style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(ENVIRONMENT)  ## put the code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

viz: $(ENVIRONMENT)  ## open the pipeline graph in a browser
	@echo "The rooms without their datasets: http://127.0.0.1:4141/?types=nodes (a click on a room shows its nodes)"
	PYTHONWARNINGS=ignore::UserWarning,ignore::DeprecationWarning $(BIN)/kedro viz run

notebook: $(ENVIRONMENT)  ## open the notebooks, with the catalog loaded
	$(BIN)/kedro jupyter lab

benchmark: $(ENVIRONMENT)  ## measure speed and memory beside the peers
	$(BIN)/python -m benchmarks

postgres-demo: $(ENVIRONMENT)  ## load the sample into a PostgreSQL server of its own, run there, and query
	$(BIN)/python -m tests.engines.demo

docs: $(ENVIRONMENT)  ## write the data dictionary again from the catalog and schemas
	$(BIN)/python -m lgs_pipeline.data_dictionary

screenshots: $(ENVIRONMENT)  ## take the README's pictures of the report and the graph again
	$(BIN)/python -m tests.end_to_end.screenshots

sample: $(ENVIRONMENT)  ## make the committed sample extract again
	$(BIN)/python -m lgs_pipeline.sample --output data/01_raw/retail_sample.sql.gz

lock: $(ENVIRONMENT)  ## resolve the dependencies of pyproject.toml again
	$(BIN)/uv pip compile --quiet --no-emit-index-url --universal --python-version 3.11 --extra dev \
	  pyproject.toml --output-file requirements.lock

clean:  ## remove the environment and caches; data stays
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
