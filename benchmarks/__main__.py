"""`python -m benchmarks`: measure in a temporary folder, with a process and a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        return subprocess.run([sys.executable, "-m", "benchmarks.measure"], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
