"""Entry point of the production server; does not start with unsafe settings."""

import os

from django.core.wsgi import get_wsgi_application

from besa.lib.checks import refusals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "besa.settings")
application = get_wsgi_application()
if _reasons := refusals():
    raise SystemExit("Besa does not start:\n- " + "\n- ".join(_reasons))  # said as it is: names of settings, no values
