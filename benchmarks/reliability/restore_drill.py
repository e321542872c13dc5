"""`python -m benchmarks.reliability.restore_drill`: the restore drill on the demonstration with its casework, timed.

On SQLite, or on the PostgreSQL that BESA_DATABASE_URL names (`python -m tools.postgres …`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile

GOAL_SECONDS = 30 * 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, help="as many persons in the demonstration")
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BESA_VAR": folder, "BESA_MODE": "demo"}
        besa = [sys.executable, "-c", "from besa.cli import main; main()"]
        for step in ("migrate", "createcachetable"):
            subprocess.run([*besa, step], env=env, check=True, stdout=subprocess.DEVNULL)
        words = ["demo", *(["--people", str(people)] if people else [])]
        subprocess.run([*besa, *words], env=env, check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([*besa, "restore_drill", "--json"], env=env, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    said = json.loads(done.stdout)
    print(
        f"restore drill: loss {said['loss']:.1f} s beside the pause between backups; restored in {said['restore']:.1f} s"
    )
    print(f"{said['bytes']} bytes; {said['chain']}; {said['opened']} sealed rows opened, {said['files']} files whole")
    return 0 if said["restore"] <= GOAL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
