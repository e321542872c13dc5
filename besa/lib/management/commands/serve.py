"""`besa serve`: the production server."""

from __future__ import annotations

import ipaddress
import os
import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from besa.lib.checks import refusals
from besa.lib.files.sandbox import left_open
from besa.lib.logs import AllowedKeys

BIND = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?P<port>\d{1,5})")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class ServerLog(Logger):  # type: ignore[misc]
    """Gunicorn's own log by the keys of all other logs, since its messages name the pages that people open."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(AllowedKeys())


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our options; nothing is read from files or from its own variables."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return get_wsgi_application()


class Command(BaseCommand):
    help = "Serve Besa. Refuses unsafe settings and says which; outside production it listens to this machine only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
        parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="processes")
        parser.add_argument("--threads", type=int, default=4, help="threads of each process")

    def handle(self, *args: Any, **options: Any) -> None:
        bind = BIND.fullmatch(options["bind"])
        if bind is None:
            raise CommandError(f"--bind is “{options['bind']}”; write HOST:PORT, such as 127.0.0.1:8000", returncode=2)
        if not settings.PRODUCTION and not is_loopback(bind["host"]):
            raise CommandError(
                f"refused: in mode “{settings.MODE}” Besa has published passwords and listens only to 127.0.0.1; "
                "set BESA_MODE=production to serve others"
            )
        if reasons := refusals():
            raise CommandError("refused, because\n- " + "\n- ".join(reasons))
        if still_open := left_open():
            self.stderr.write(
                f"files of strangers are read in a process that this machine leaves open: {', '.join(still_open)}"
            )
        Server(
            {
                "bind": options["bind"],
                "worker_class": "gthread",
                "workers": options["workers"],
                "threads": options["threads"],
                "control_socket_disable": True,
                "timeout": 120,
                "graceful_timeout": 20,
                "max_requests": 5000,
                "max_requests_jitter": 500,
                "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108
                "loglevel": "warning",
                "logger_class": ServerLog,
            }
        ).run()
