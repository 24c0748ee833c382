from django.apps import AppConfig
from django.db.models.signals import post_migrate

from reviews import change_feed, kept_statements


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        post_migrate.connect(change_feed.install, sender=self, dispatch_uid="change_feed")
        post_migrate.connect(kept_statements.install, sender=self, dispatch_uid="kept_statements")
