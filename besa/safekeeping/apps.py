from django.apps import AppConfig


class SafekeepingConfig(AppConfig):
    """Backup, restore and the drill. Knows databases and folders; which files rows name, apps say by the hook `kept_files`."""

    name = "besa.safekeeping"
