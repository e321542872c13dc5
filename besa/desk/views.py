"""The first page after signing in: what waits for me."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from besa.desk import queries
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.notices.models import Notice


@needs(None)
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    """Tasks, the agency's duties in the plan, and the latest notices."""
    today = clock.today()
    context = {
        "tasks": queries.tasks(request.member, today),
        "duties": queries.duties(request.member, today),
        "notices": Notice.objects.filter(to=request.member, read_at__isnull=True).select_related("agency")[:8],
    }
    return render(request, "desk/home.html", context)
