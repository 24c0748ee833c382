from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "labelops.webhooks"
    label = "webhooks"
