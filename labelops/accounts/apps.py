from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "labelops.accounts"
    label = "accounts"
