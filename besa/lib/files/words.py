"""Why a file is not taken, in sentences for the person who hands it in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from besa.lib.files.caps import NotTaken
from besa.lib.refusal import Refused

WORDS = {
    "empty": _("The file is empty."),
    "size": _("The file is larger than %(limit)s MB."),
    "type": _("Files of this type are not taken. Hand in one of: %(types)s."),
    "content": _("The content of the file is not what its name says (%(ending)s)."),
    "two_in_one": _("The file is not one document: something else is hidden before, behind or inside it."),
    "active": _(
        "The file carries a program, a macro or an embedded object. Save it without them and hand it in again."
    ),
    "encrypted": _("The file is locked with a password. Unlock it and hand it in again."),
    "broken": _("The file is damaged and cannot be read."),
    "animated": _("Moving pictures are not taken. Hand in a single picture."),
    "pixels": _("The picture has more than %(limit)s million points. Hand in a smaller one."),
    "pages": _("The file has more than %(limit)s pages. Hand it in in parts."),
    "objects": _("The file is too intricate to be read. Print it to a new PDF and hand that in."),
    "entries": _("The file has more than %(limit)s parts."),
    "expanded": _("The file grows beyond %(limit)s MB when it is unpacked."),
    "nesting": _("The file holds documents inside documents inside documents."),
    "line": _("The text has a line of more than %(limit)s characters."),
    "infected": _("The file carries harmful code and was not kept."),
    "time": _("The file takes too long to read. Hand it in in parts, or print it to a new PDF."),
    "memory": _("The file takes too much room to read. Hand it in in parts, or print it to a new PDF."),
    "busy": _("Too many files are being read at this moment. Try again in a minute."),
}


def refusal(not_taken: NotTaken) -> Refused:
    """The refusal for people; a reason that is not known says that the file cannot be read."""
    words = WORDS.get(not_taken.code, WORDS["broken"])
    return Refused(words % not_taken.detail if not_taken.detail else words)
