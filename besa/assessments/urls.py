from django.urls import path

from besa.assessments import views

app_name = "assessments"
urlpatterns = [
    path("", views.instruments, name="list"),
    path("<slug:code>/<int:number>/", views.instrument, name="instrument"),
    path("<slug:code>/<int:number>/try/", views.try_out, name="try_out"),
    path("<slug:code>/<int:number>/sheet/<slug:language>/<slug:format>/", views.sheet, name="sheet"),
]
