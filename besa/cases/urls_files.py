"""Addresses of attachments and exports; part of the addresses of cases."""

from django.urls import path

from besa.cases.views import attachments, exports

urlpatterns = [
    path("exports/", exports.exports, name="exports"),
    path("exports/ask/", exports.export_ask, name="export_ask"),
    path("exports/<uuid:pk>/", exports.export, name="export"),
    path("exports/<uuid:pk>/decide/", exports.export_decide, name="export_decide"),
    path("exports/<uuid:pk>/download/", exports.export_download, name="export_download"),
    path("<str:number>/attachments/", attachments.attachments_read, name="attachments_read"),
    path("<str:number>/attachments/add/", attachments.attachment_add, name="attachment_add"),
    path("<str:number>/attachments/<uuid:pk>/<str:part>/", attachments.attachment_read, name="attachment_read"),
]
