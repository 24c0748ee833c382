"""The command `import_truth`."""

from typing import Any

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from reviews.services.known_answers import take_file
from tasks.management.base import LabelOpsCommand, find_project, readable_file


class Command(LabelOpsCommand):
    help = (
        "Takes known answers from a CSV (item,label) or JSONL (item, answer): they become gold "
        "that is in use at once. The same row again changes nothing; another answer becomes a new "
        "version, and what was answered before is scored anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("file", help="CSV with the columns item and label, or JSONL")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        path = readable_file(options["file"])
        with path.open("rb") as stream:
            found = take_file(project, stream=stream, file_name=path.name, by=system_user())
        return {"project": project.slug, **found}
