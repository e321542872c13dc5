"""How the pages and the statement speak of cases: relations in a word, events and parts of a file in plain sentences."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.directory.case_policy import Deed, Group, Piece, Relation
from besa.people.forms import LANGUAGES
from besa.people.models import Person

RELATION_SHORT: dict[Relation, Promise] = {
    Relation.LEAD: _("you lead it"),
    Relation.TEAM: _("on the team"),
    Relation.SHARED: _("shared with you"),
    Relation.GLASS: _("opened in an emergency"),
    Relation.COMPARTMENT: _("named in the compartment"),
    Relation.UNIT: _("your institution"),
    Relation.QARK: _("your qark"),
    Relation.COUNTRY: _("watched over"),
}

GROUP_WORDS: dict[Group, Promise] = {
    Group.NAMES: _("Names"),
    Group.BIRTH: _("Birth"),
    Group.PAPERS: _("Papers"),
    Group.CONTACTS: _("Contacts and languages"),
    Group.GUARDIAN: _("Guardian"),
}

SEX_WORDS: dict[str, Any] = dict(Person.Sex.choices)
LANGUAGE_WORDS: dict[str, Any] = dict(LANGUAGES)

PIECE_WORDS: dict[Piece, Promise] = {
    Piece.STORY: _("What happened"),
    Piece.NEEDS: _("Needs and services"),
}
# All parts of a file that another institution may come to know, by the codes that shares and consents hold.
SHAREABLE_WORDS: dict[str, Promise] = {
    part.value: words for part, words in (*GROUP_WORDS.items(), *PIECE_WORDS.items())
}

DEED_WORDS: dict[Deed, Promise] = {
    Deed.CASE_VIEW: _("see number and state"),
    Deed.CASE_EDIT: _("change the facts"),
    Deed.CASE_MOVE: _("move the case on, close it, open it again"),
    Deed.IDENTITY_REVEAL: _("open the identity"),
    Deed.IDENTITY_EDIT: _("correct the identity"),
    Deed.NOTE_VIEW: _("read summary and notes"),
    Deed.NOTE_ADD: _("write a note"),
    Deed.TEAM_EDIT: _("make up the team"),
    Deed.SHARE_EDIT: _("share the case"),
    Deed.CONFLICT_DECLARE: _("declare a conflict of interest"),
    Deed.GLASS_BREAK: _("open it in an emergency"),
    Deed.HOLD_ASK: _("ask for a legal hold"),
    Deed.HOLD_CONFIRM: _("decide about a legal hold"),
    Deed.ERASE_ASK: _("ask for erasure"),
    Deed.ERASE_CONFIRM: _("decide about erasure"),
    Deed.STATEMENT_MAKE: _("make the statement for the person"),
    Deed.GLASS_REVIEW: _("review emergency openings"),
    Deed.EXPORT_ASK: _("ask for an export"),
    Deed.EXPORT_APPROVE: _("decide about an export"),
    Deed.ATTACHMENT_VIEW: _("open attachments"),
    Deed.ATTACHMENT_ADD: _("add attachments"),
    Deed.STATUS_VIEW: _("read the status log and the time limits"),
    Deed.STATUS_DECIDE: _("record that the person is at risk, a potential or presumed victim, or has withdrawn"),
    Deed.STATUS_CONFIRM: _("decide whether the person is an identified victim"),
    Deed.FACTS_VIEW: _("read what happened, rights and consent"),
    Deed.FACTS_EDIT: _("write down what happened"),
    Deed.CONSENT_EDIT: _("record consent and its withdrawal"),
    Deed.OVERRIDE_ASK: _("ask for a disclosure without consent"),
    Deed.OVERRIDE_APPROVE: _("decide about a disclosure without consent"),
    Deed.CLOCK_EDIT: _("suspend or extend a time limit"),
    Deed.TASK_VIEW: _("read the tasks"),
    Deed.TASK_EDIT: _("set tasks and end them"),
    Deed.CONFERENCE_VIEW: _("read the case conferences"),
    Deed.CONFERENCE_EDIT: _("call and record a case conference"),
    Deed.REFERRAL_MAKE: _("refer the person to another institution"),
    Deed.CASE_TRANSFER: _("hand the case over"),
    Deed.MATCH_VIEW: _("see cases that may be of the same person"),
    Deed.MERGE_ASK: _("ask that two cases become one"),
    Deed.MERGE_CONFIRM: _("decide about making two cases one"),
}

# What happened, by the verb of the event. What is not here is not told on the page of a case.
VERBS: dict[str, Promise] = {
    "case_opened": _("The case was opened."),
    "case_edited": _("The facts were changed."),
    "case_activated": _("Work on the case began, or began again."),
    "case_monitored": _("The case went into monitoring."),
    "case_closed": _("The case was closed."),
    "case_reopened": _("The case was opened again."),
    "case_sealed": _("The case was put into a compartment."),
    "case_erased": _("The case was erased."),
    "identity_added": _("The identity was written down."),
    "identity_edited": _("The identity was corrected."),
    "identity_revealed": _("The identity was opened."),
    "notes_read": _("The notes were read."),
    "tasks_read": _("The tasks were read."),
    "conference_read": _("What was spoken of in a case conference was read."),
    "clock_reasons_read": _("The reasons why time limits were moved were read."),
    "consent_paper_made": _("The paper for the person about what was agreed was made."),
    "summary_read": _("The summary was read."),
    "story_read": _("Reasons and story were read."),
    "note_added": _("A note was written."),
    "team_member_added": _("Somebody was put on the team."),
    "team_member_ended": _("Somebody was taken off the team."),
    "share_given": _("The case was shared."),
    "share_ended": _("A share was taken back."),
    "conflict_declared": _("A conflict of interest was declared."),
    "conflict_ended": _("A conflict of interest ended."),
    "glass_asked": _("An emergency opening was asked for."),
    "glass_broken": _("The case was opened in an emergency."),
    "glass_refused": _("An emergency opening was refused."),
    "glass_ended": _("An emergency opening was closed before its hour was over."),
    "glass_words_read": _("The reason of an emergency opening was read."),
    "glass_reviewed": _("An emergency opening was reviewed."),
    "hold_asked": _("A legal hold was asked for."),
    "hold_confirmed": _("A legal hold was put in force."),
    "hold_withdrawn": _("The wish for a legal hold was withdrawn or declined."),
    "hold_lifting_asked": _("It was asked that a legal hold be lifted."),
    "hold_lifted": _("A legal hold was lifted."),
    "hold_kept": _("A legal hold was kept."),
    "erasure_asked": _("It was asked that the case be erased."),
    "erasure_refused": _("The erasure was refused."),
    "erasure_done": _("The erasure was carried out."),
    "statement_made": _("The statement for the person concerned was made."),
    "attachment_added": _("A file was attached."),
    "attachment_viewed": _("An attached file was opened."),
    "attachments_listed": _("The titles of the attached files were read."),
    "export_asked": _("An export was asked for."),
    "export_approved": _("An export was approved."),
    "export_taken": _("An export was taken."),
}

# Readings: what a statement for the person concerned tells of.
READINGS = (
    "identity_revealed",
    "notes_read",
    "summary_read",
    "story_read",
    "tasks_read",
    "conference_read",
    "clock_reasons_read",
    "attachment_viewed",
    "attachments_listed",
    "export_taken",
)

# Parts of the file as a person who is no lawyer calls them, by the names under which the record of events has them.
PARTS: dict[str, Promise] = {
    "surname": _("your name"),
    "given_names": _("your name"),
    "father_name": _("your father's name"),
    "aliases": _("other names of yours"),
    "birth_date": _("your date of birth"),
    "birth_place": _("your place of birth"),
    "papers": _("your papers"),
    "contacts": _("how to reach you"),
    "languages": _("your languages"),
    "guardians": _("who stands for you"),
    "summary": _("what happened to you, in summary"),
    "text": _("the notes in your file"),
    "words": _("what happened to you, in words"),
    "reason": _("the reasons of decisions about you"),
}
VERB_PARTS: dict[str, Promise] = {
    "tasks_read": _("what is to be done for you"),
    "conference_read": _("what institutions spoke of about you"),
    "attachment_viewed": _("a document in your file"),
    "attachments_listed": _("which documents are in your file"),
    "export_taken": _("a copy of parts of your file"),
}

# Why a file was read where no purpose was asked for: reading notes and summary belongs to working on the case.
WORK = _("to work on your case")
PURPOSES_FOR_PERSON: dict[str, Promise] = {
    "identification": _("to establish who you are"),
    "contact": _("to reach you"),
    "assistance": _("to give you a service"),
    "protection": _("to protect you"),
    "return": _("to prepare your return"),
    "coordination": _("to settle your case between institutions"),
    "emergency": _("in an emergency"),
}
