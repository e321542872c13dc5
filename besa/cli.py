"""The command `besa`, the same as `python manage.py`."""

import os
import sys

from django.core.management import execute_from_command_line

from besa.lib import process


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "besa.settings")
    process.begin(sys.argv)
    execute_from_command_line(sys.argv)
