from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "besa.vault"
    serve_refusals = ("besa.vault.erasures.refusals",)
