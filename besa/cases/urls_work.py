"""Addresses of time limits, consent, tasks and conferences; part of the addresses of cases."""

from django.urls import path

from besa.cases.views import clocks, conferences, consents, tasks

urlpatterns = [
    path("overrides/", consents.overrides, name="overrides"),
    path("<str:number>/clocks/", clocks.clocks, name="clocks"),
    path("<str:number>/clocks/reasons/", clocks.clock_reasons, name="clock_reasons"),
    path("<str:number>/clocks/<uuid:pk>/<slug:verb>/", clocks.move_clock, name="move_clock"),
    path("<str:number>/share/", consents.share, name="share"),
    path("<str:number>/consent/", consents.consent, name="consent"),
    path("<str:number>/consent/give/", consents.give_consent, name="give_consent"),
    path("<str:number>/consent/paper/", consents.consent_receipt, name="consent_receipt"),
    path("<str:number>/consent/<uuid:pk>/withdraw/", consents.withdraw_consent, name="withdraw_consent"),
    path("<str:number>/override/ask/", consents.ask_override, name="ask_override"),
    path("<str:number>/override/<uuid:pk>/", consents.override, name="override"),
    path("<str:number>/override/<uuid:pk>/decide/", consents.decide_override, name="decide_override"),
    path("<str:number>/override/<uuid:pk>/review/", consents.review_override, name="review_override"),
    path("<str:number>/tasks/", tasks.read_tasks, name="read_tasks"),
    path("<str:number>/tasks/set/", tasks.set_task, name="set_task"),
    path("<str:number>/tasks/<uuid:pk>/<slug:verb>/", tasks.end_task, name="end_task"),
    path("<str:number>/conferences/call/", conferences.call_conference, name="call_conference"),
    path("<str:number>/conferences/<uuid:pk>/", conferences.conference, name="conference"),
    path("<str:number>/conferences/<uuid:pk>/read/", conferences.read_conference, name="read_conference"),
    path("<str:number>/conferences/<uuid:pk>/record/", conferences.record_conference, name="record_conference"),
    path("<str:number>/conferences/<uuid:pk>/cancel/", conferences.cancel_conference, name="cancel_conference"),
    path("<str:number>/conferences/<uuid:pk>/minutes/", conferences.print_minutes, name="print_minutes"),
]
