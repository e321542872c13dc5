"""Notices: something waits. What it is, is read after signing in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.directory.models import Agency, Membership
from besa.lib.classified import classified


@classified(retention="2 years", P1="to agency kind url_name url_args period days_late created_at read_at mailed_at")
class Notice(models.Model):
    """A line on somebody's desk; mailed as a sentence that says only that something waits."""

    class Kind(models.TextChoices):
        RETURN_OPENED = "return_opened", _("A return has been opened for your institution")
        RETURN_DUE = "return_due", _("A return is due")
        RETURN_LATE = "return_late", _("A return is late")
        RETURN_LATE_BELOW = "return_late_below", _("A return of an institution under yours is late")
        RETURN_SUBMITTED = "return_submitted", _("A return has been submitted")
        RETURN_SENT_BACK = "return_sent_back", _("A return has been sent back")
        RETURN_ACCEPTED = "return_accepted", _("A return has been accepted")
        ROUND_LOCKED = "round_locked", _("A round has been locked")
        ROUND_REOPENED = "round_reopened", _("A round has been reopened")
        REOPENING_ASKED = "reopening_asked", _("The reopening of a round waits for your signature")
        AMENDMENT_PROPOSED = "amendment_proposed", _("An amendment of the plan has been proposed")
        AMENDMENT_DECIDED = "amendment_decided", _("An amendment of the plan has been decided")
        MEMBERSHIP_PROPOSED = "membership_proposed", _("A role waits for your approval")
        MEMBERSHIP_DECIDED = "membership_decided", _("A role that you proposed has been decided")
        REPORT_ADOPTED = "report_adopted", _("A report has been adopted")
        GLASS_ASKED = "glass_asked", _("An emergency opening waits for a second person")
        GLASS_BROKEN = "glass_broken", _("A case was opened in an emergency")
        EXPORT_ASKED = "export_asked", _("An export waits for your approval")
        EXPORT_DECIDED = "export_decided", _("An export that you asked for has been decided")
        ACCOUNT_CLOSED = "account_closed", _("An account was closed")
        ACCOUNT_REOPENING_ASKED = "account_reopening_asked", _("The reopening of an account waits for your decision")
        ACCOUNT_REOPENING_DECIDED = (
            "account_reopening_decided",
            _("The reopening of an account, which you asked for, has been decided"),
        )
        ANOMALIES_NOTICED = "anomalies_noticed", _("Something unusual was noticed in the record of events")
        REFERRAL_OFFERED = "referral_offered", _("A referral waits for your answer")
        REFERRAL_ANSWERED = "referral_answered", _("A referral that you have sent was answered")
        REFERRAL_REVOKED = "referral_revoked", _("A referral was taken back")
        REFERRAL_EXPIRED = "referral_expired", _("A referral was not answered in time")
        REFERRAL_SILENT = "referral_silent", _("An institution has not answered a referral")
        CLOCK_WARNED = "clock_warned", _("A time limit runs out soon")
        CLOCK_LATE = "clock_late", _("A time limit has run out")
        CLOCK_ESCALATED = "clock_escalated", _("A time limit that others have let run out came to you")
        OVERRIDE_ASKED = "override_asked", _("A disclosure without consent waits for your decision")
        OVERRIDE_DECIDED = "override_decided", _("A disclosure without consent was decided")
        CONFERENCE_CALLED = "conference_called", _("A case conference was called")
        TASK_SET = "task_set", _("A task was set for you")
        CONCERN_SENT = "concern_sent", _("A concern was reported to your institution")
        CONCERN_ANSWERED = "concern_answered", _("A concern that you have reported was answered")
        CHILD_REPORTED = (
            "child_reported",
            _("A child was reported and your unit is informed: expect a call and a referral"),
        )
        MATCH_FOUND = "match_found", _("Two cases may be of one person")
        MERGE_ASKED = "merge_asked", _("The merging of two cases waits for your decision")
        MERGE_DECIDED = "merge_decided", _("The merging of two cases was decided")

    to = models.ForeignKey(Membership, models.CASCADE, related_name="notices", verbose_name=_("to"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    url_name = models.CharField(max_length=60)
    url_args = models.JSONField(default=list)
    period = models.CharField(_("period"), max_length=8, blank=True)
    days_late = models.IntegerField(_("days late"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["to", "read_at", "-id"])]

    def __str__(self) -> str:
        return self.get_kind_display()
