"""Where a figure opens."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from besa.directory.models import Agency


def figure_address(measure: str, period: str, agency: int | None = None) -> str:
    """The page of the measure for the period, and the institution where one is named."""
    words = {"period": period}
    code = Agency.objects.filter(pk=agency).values_list("code", flat=True).first() if agency else None
    if code:
        words["agency"] = code
    return f"{reverse('statistics:measure', args=[measure])}?{urlencode(words)}"
