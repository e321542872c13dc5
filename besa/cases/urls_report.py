"""Addresses of reports; part of the addresses of cases."""

from django.urls import path

from besa.cases.views import concerns, keeping, report, report_sent, searches

urlpatterns = [
    path("reports/", report.reports, name="reports"),
    path("reports/begin/", report.begin, name="report_begin"),
    path("reports/sheet/", report.print_sheet, name="print_sheet"),
    path("reports/sheet/enter/", report.enter_sheet, name="enter_sheet"),
    path("reports/worker.js", keeping.worker, name="report_worker"),
    path("reports/offline/<str:language>/", keeping.offline, name="report_offline"),
    path("reports/<uuid:pk>/compare/", report.compare, name="report_compare"),
    path("reports/<uuid:pk>/hand-over/", report.hand_over, name="report_hand_over"),
    path("concerns/", concerns.concerns, name="concerns"),
    path("concerns/<uuid:pk>/", concerns.concern, name="concern"),
    path("concerns/<uuid:pk>/read/", concerns.read_concern, name="read_concern"),
    path("concerns/<uuid:pk>/take/", concerns.take_concern, name="take_concern"),
    path("concerns/<uuid:pk>/close/", concerns.close_concern, name="close_concern"),
    path("searches/save/", searches.save_search, name="save_search"),
    path("searches/<int:pk>/remove/", searches.remove_search, name="remove_search"),
    path("reports/<uuid:pk>/check/", report.check, name="report_check"),
    path("reports/<uuid:pk>/send/", report.send, name="report_send"),
    path("reports/<uuid:pk>/discard/", report.discard, name="report_discard"),
    path("<str:number>/sent/", report_sent.sent, name="report_sent"),
    path("reports/<uuid:pk>/<slug:slug>/", report.page, name="report_page"),
]
