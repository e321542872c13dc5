from django.urls import path

from besa.directory.views.events import events

app_name = "audit"
urlpatterns = [path("", events, name="events")]
