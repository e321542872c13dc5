"""Addresses of the status log, of what was found out, of adults who refused; part of the addresses of cases."""

from django.urls import path

from besa.cases.views import facts, status

urlpatterns = [
    path("refusals/", facts.refusals, name="refusals"),
    path("refusals/add/", facts.refusal_add, name="refusal_add"),
    path("<str:number>/status/determine/", status.determine, name="determine"),
    path("<str:number>/status/confirm/", status.confirm, name="confirm"),
    path("<str:number>/status/<uuid:pk>/correct/", status.determination_correct, name="determination_correct"),
    path("<str:number>/status/<uuid:pk>/appeal/", status.appeal_lodge, name="appeal_lodge"),
    path("<str:number>/appeals/<uuid:pk>/", status.appeal_decide, name="appeal_decide"),
    path("<str:number>/story/", status.story, name="story"),
    path("<str:number>/identify/", facts.identify, name="identify"),
    path("<str:number>/identify/correct/", facts.identification_correct, name="identification_correct"),
    path("<str:number>/facts/", facts.facts_edit, name="facts_edit"),
    path("<str:number>/legs/add/", facts.leg_add, name="leg_add"),
    path("<str:number>/legs/<uuid:pk>/remove/", facts.leg_remove, name="leg_remove"),
    path("<str:number>/rights/add/", facts.rights_add, name="rights_add"),
]
