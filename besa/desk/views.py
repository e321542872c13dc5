"""The first page after signing in: what waits for me."""

from collections import Counter

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
    found = queries.tasks(request.member, today, clock.now())
    kinds = Counter(task.kind for task in found)
    chosen, only_late = request.GET.get("kind", ""), request.GET.get("late") == "1"
    shown = [task for task in found if (not chosen or task.kind == chosen) and (task.is_late or not only_late)]
    context = {
        "tasks": shown,
        "kinds": [(code, words, kinds[code]) for code, words in queries.KINDS.items() if kinds[code]],
        "late": sum(task.is_late for task in found),
        "number": len(found),
        "chosen": chosen,
        "only_late": only_late,
        "duties": queries.duties(request.member, today),
        "notices": Notice.objects.filter(to=request.member, read_at__isnull=True).select_related("agency")[:8],
    }
    return render(request, "desk/home.html", context)
