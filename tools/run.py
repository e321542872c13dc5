"""`make run`: prepare the demonstration and serve it. PORT names another port than 8000."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["BESA_MODE"] = "demo"
os.environ["DJANGO_SETTINGS_MODULE"] = "besa.settings"
PORT = os.environ.get("PORT", "8000")
os.environ.setdefault("BESA_BASE_URL", f"http://127.0.0.1:{PORT}")


def main() -> None:
    import django  # noqa: PLC0415  reads the variables set above
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("demo")
    print(f"\nBesa serves at http://127.0.0.1:{PORT}/   (Ctrl-C ends it)\n", flush=True)
    besa = Path(sys.executable).with_name("besa")
    os.execv(besa, [str(besa), "serve", "--bind", f"127.0.0.1:{PORT}"])  # noqa: S606


if __name__ == "__main__":
    main()
