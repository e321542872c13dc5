from django.urls import include, path

from besa.reporting import urls_reports
from besa.reporting.views import entries, returns, review, rounds

app_name = "reporting"
urlpatterns = [
    path("", include(urls_reports.urlpatterns)),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/open/", rounds.open_round, name="open_round"),
    path("rounds/<int:pk>/", rounds.round, name="round"),
    path("rounds/<int:pk>/lock/", rounds.lock_round, name="lock_round"),
    path("rounds/<int:pk>/reopening/ask/", rounds.ask_reopening, name="ask_reopening"),
    path("reopenings/<int:pk>/decide/", rounds.decide_reopening, name="decide_reopening"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<int:pk>/", returns.item, name="return"),
    path("returns/<int:pk>/grid/", returns.grid, name="grid"),
    path("returns/<int:pk>/print/", returns.printed, name="return_print"),
    path("returns/<int:pk>/summary/", returns.save_summary, name="save_summary"),
    path("returns/<int:pk>/submit/", returns.submit, name="submit"),
    path("returns/<int:pk>/review/", review.review, name="review"),
    path("returns/<int:pk>/accept/", review.accept, name="accept"),
    path("entries/<int:pk>/", entries.entry, name="entry"),
    path("entries/<int:pk>/evidence/", entries.add_evidence, name="add_evidence"),
    path("evidence/<int:pk>/remove/", entries.remove_evidence, name="remove_evidence"),
]
