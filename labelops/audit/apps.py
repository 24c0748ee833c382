from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from labelops.audit import guards


class AuditConfig(AppConfig):
    name = "labelops.audit"
    label = "audit"

    def ready(self) -> None:
        post_migrate.connect(guards.install, sender=self, dispatch_uid="audit_guards")
        autodiscover_modules("audited")
