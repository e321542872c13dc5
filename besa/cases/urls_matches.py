"""Addresses of likenesses and mergings; part of the addresses of cases."""

from django.urls import path

from besa.cases.views import matches

urlpatterns = [
    path("<str:number>/matches/", matches.matches, name="matches"),
    path("<str:number>/matches/merge/", matches.ask_merge, name="ask_merge"),
    path("<str:number>/matches/again/", matches.link_again, name="link_again"),
    path("<str:number>/matches/again/<uuid:pk>/end/", matches.unlink, name="unlink"),
    path("<str:number>/matches/merge/<uuid:pk>/undo/", matches.ask_undoing, name="ask_undoing"),
    path("<str:number>/matches/merge/<uuid:pk>/<slug:verb>/", matches.decide_merge, name="decide_merge"),
    path("<str:number>/matches/<uuid:pk>/<slug:verb>/", matches.decide_match, name="decide_match"),
]
