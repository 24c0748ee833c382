from django.apps import AppConfig
from django.db.models.signals import post_migrate

from datasets import frozen_rows, frozen_scenarios


class DatasetsConfig(AppConfig):
    name = "datasets"

    def ready(self) -> None:
        post_migrate.connect(frozen_rows.install, sender=self, dispatch_uid="frozen_rows")
        post_migrate.connect(frozen_scenarios.install, sender=self, dispatch_uid="frozen_scenarios")
