from django.urls import path

from besa.statistics import views

app_name = "statistics"
urlpatterns = [
    path("", views.measures, name="measures"),
    path("<slug:code>/", views.measure, name="measure"),
]
