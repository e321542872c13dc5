"""`make run`: prepare the demonstration, then serve it on this machine at PORT."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    port = os.environ.get("PORT", "8000")
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # in VAR; the server looks for both
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("demo")
    print(f"\nBesa serves at http://127.0.0.1:{port}/   (Ctrl-C ends it)\n", flush=True)
    besa = str(Path(sys.executable).with_name("besa"))
    os.execv(besa, [besa, "serve", "--bind", f"127.0.0.1:{port}"])  # noqa: S606


if __name__ == "__main__":
    main()
