from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "labelops.notices"
    label = "notices"
