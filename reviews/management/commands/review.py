"""The command `review`."""

from typing import Any

from django.core.management.base import CommandParser

from reviews.management.tables import single_choice_of
from reviews.services.bulk_reviews import review_file, reviewer_named
from reviews.services.consensus import assess_waiting
from tasks.management.base import LabelOpsCommand, find_project, readable_file


class Command(LabelOpsCommand):
    help = (
        "Takes expert decisions from a CSV (item,label). The consensus and the review queue take "
        "them into account at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("file", help="CSV with the columns item and label")
        parser.add_argument(
            "--reviewer",
            required=True,
            metavar="USER",
            help="account name of the expert; an unknown one is made, unable to log in",
        )

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        control = single_choice_of(project)
        path = readable_file(options["file"])
        assess_waiting(project_id=project.pk)
        reviewer = reviewer_named(project, options["reviewer"])
        with path.open("rb") as stream:
            found = review_file(project, control, stream=stream, file_name=path.name, by=reviewer)
        return {"project": project.slug, "reviewer": reviewer.username, **found}
