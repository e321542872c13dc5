# Two commands: `make run` serves the demonstration, `make test` runs everything. The rest is for those who build.
PYTHON ?= python3
VENV := .venv/bin/python

.PHONY: run test setup check bench docs matrix catalogues lock format

run: setup
	@$(VENV) -m tools.run

test: setup
	@$(VENV) -m tools.test $(ARGS)

setup:
	@$(PYTHON) tools/setup.py

check: setup
	@$(VENV) -m tools.check

bench: setup
	@$(VENV) -m benchmarks $(ARGS)

# Pages under docs/reference that are made from the code.
docs: setup
	@$(VENV) -m tools.reference write

# The committed table of who may open what; look at its difference before you commit it.
matrix: setup
	@BESA_WRITE_MATRIX=1 $(VENV) -m pytest -q tests/architecture/test_access_matrix.py

# Bring the Albanian catalogues up to date with the program's texts.
catalogues: setup
	@$(VENV) -m tools.catalogues update

# Take newer versions of what Besa stands on: versions and hashes, no hosts.
lock: setup
	@.tools/bin/uv lock --upgrade --quiet
	@.tools/bin/uv export --all-extras --all-groups --no-header --no-emit-project --no-annotate --quiet -o requirements.lock
	@! grep -n '://' requirements.lock

format: setup
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .
