from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item


class DocumentsConfig(AppConfig):
    name = "besa.documents"
    navigation = (Item(_("Documents"), "documents:list", "file-text", Permission.DOCUMENT_VIEW, 300),)
    kept_files = ("besa.documents.queries.kept_files",)
