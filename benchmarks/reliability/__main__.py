"""`make reliability`: every figure of protection and reliability, one after the other; exits 1 if one is not good enough."""

from __future__ import annotations

import subprocess
import sys

FIGURES = (
    "index_attack",
    "matching",
    "scores",
    "login_timing",
    "oracle_http",
    "row_fuzz",
    "tampering",
    "crashes",
    "rotation_kills",
    "backups",
    "restore_drill",
    "canaries",
    "vault_cost",
)


def main() -> int:
    failed = []
    for name in FIGURES:
        print(f"— {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.reliability.{name}"], check=False).returncode:
            failed.append(name)
    print("not good enough: " + ", ".join(failed) if failed else "all figures are good", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
