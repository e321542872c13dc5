from django.urls import path

from besa.directory.views import events

app_name = "audit"
urlpatterns = [
    path("", events.events, name="events"),
    path("anomalies/", events.anomalies, name="anomalies"),
    path("anomalies/<int:pk>/", events.anomaly, name="anomaly"),
    path("anomalies/<int:pk>/answer/", events.answer, name="answer"),
]
