from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "labelops.jobs"
    label = "jobs"
