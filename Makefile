# Two commands: `make run` serves the demonstration, `make test` runs everything. The rest is for those who build.
PYTHON ?= python3
VENV := .venv/bin/python
PORT ?= 8000
TEST := BESA_MODE=test DJANGO_SETTINGS_MODULE=besa.settings
DEMO := BESA_MODE=demo DJANGO_SETTINGS_MODULE=besa.settings

.PHONY: run test setup check bench reliability docs matrix catalogues lock format

run: setup
	@$(DEMO) PORT=$(PORT) BESA_BASE_URL=http://127.0.0.1:$(PORT) $(VENV) -m tools.run

test: setup
	@$(VENV) -m tools.test $(ARGS)

setup:
	@$(PYTHON) tools/setup.py

check: setup
	@$(VENV) -m tools.check

bench: setup
	@$(VENV) -m benchmarks

# Attacks on the vault, the index, the rows, the record, the backups and the door, at full length: about half an hour.
reliability: setup
	@$(VENV) -m benchmarks.reliability

# Pages under docs/reference that are made from the code.
docs: setup
	@$(TEST) $(VENV) -m tools.reference write

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
	@find besa -path '*/templates/*' -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} + || true
