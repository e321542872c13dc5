"""The command `besa`, the same as `python manage.py`."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "besa.settings")
    execute_from_command_line(sys.argv)
