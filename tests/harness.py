"""The environment that every test runs in, set before Django reads its settings (loaded by `-p tests.harness`)."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile

KEPT = {"BESA_DATABASE_URL", "BESA_CI_STRICT", "BESA_WRITE_MATRIX"}

for _name in [name for name in os.environ if name.startswith("BESA_") and name not in KEPT]:
    del os.environ[_name]
os.environ["BESA_MODE"] = "test"
os.environ["BESA_VAR"] = _VAR = tempfile.mkdtemp(prefix="besa-test-")  # one for each process, thrown away at its end
(pathlib.Path(_VAR) / "static").mkdir()  # whitenoise warns where there is none
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the thread of the test


def pytest_unconfigure() -> None:
    shutil.rmtree(_VAR, ignore_errors=True)
