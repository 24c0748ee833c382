from django.apps import AppConfig
from django.db.models.signals import post_migrate

from datasets import frozen_rows


class DatasetsConfig(AppConfig):
    name = "datasets"

    def ready(self) -> None:
        post_migrate.connect(frozen_rows.install, sender=self, dispatch_uid="frozen_rows")
