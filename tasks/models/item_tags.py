"""Tags: words that staff put on items, to find them again."""

from django.conf import settings
from django.db import models

from tasks.models.items import Item
from tasks.models.projects import Project

TAG_LENGTH = 60


class ItemTag(models.Model):
    """A word that somebody put on an item, to find it again."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="item_tags", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=TAG_LENGTH)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "item"], name="item_tag_once"),
        ]

    def __str__(self) -> str:
        return self.name
