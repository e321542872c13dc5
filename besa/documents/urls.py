from django.urls import path

from besa.documents import views

app_name = "documents"
urlpatterns = [
    path("", views.documents, name="list"),
    path("add/", views.add, name="add"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/file/", views.download, name="download"),
]
