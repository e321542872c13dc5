"""Addresses of the dashboard, the report and the Excel form; included by `urls`."""

from django.urls import path

from besa.reporting import views_excel, views_reports

urlpatterns = [
    path("dashboard/", views_reports.dashboard, name="dashboard"),
    path("dashboard/<str:plan>/<str:period>/", views_reports.dashboard, name="dashboard_of"),
    path("dashboard/<str:plan>/<str:period>/activities/", views_reports.round_activities, name="round_activities"),
    path("reports/", views_reports.reports, name="reports"),
    path("reports/<str:plan>/<str:period>/make/", views_reports.make, name="make"),
    path("reports/<int:pk>/", views_reports.report, name="report"),
    path("reports/<int:pk>/<str:language>.<str:format>", views_reports.report_file, name="report_file"),
    path("reports/<int:pk>/decisions/", views_reports.request_decisions, name="request_decisions"),
    path("reports/<int:pk>/adopt/", views_reports.adopt, name="adopt"),
    path("returns/<int:pk>/form.xlsx", views_excel.download, name="return_form"),
    path("returns/<int:pk>/upload/", views_excel.upload, name="return_upload"),
]
