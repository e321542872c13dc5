from django.urls import path

from besa.ui import gallery, views

app_name = "ui"
urlpatterns = [
    path("", gallery.gallery, name="gallery"),
    path("theme/", views.theme, name="theme"),
]
