"""The command `verify_audit`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelops.audit.chain import verify


class Command(BaseCommand):
    help = (
        "Walks the hash chain of the audit log from its beginning. Status 1 with the first event "
        "that was changed, removed or put between."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted",
            metavar="NUMBER:SHA256",
            help="a link that an earlier run told: that one must still be there",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        verdict = verify(self._tell, _noted(options["noted"]))
        if verdict.problem:
            self.stderr.write(verdict.problem)
            self.stderr.write(f"The chain holds up to seal {verdict.head.sequence}.")
            sys.exit(1)
        self.stdout.write(f"The chain is whole: {verdict.head.sequence} events are sealed.")
        self.stdout.write(f"{verdict.waiting} wait unsealed.")
        if verdict.head.sequence:
            self.stdout.write(
                f"Note its end elsewhere: {verdict.head.sequence}:{verdict.head.sha256}"
            )

    def _tell(self, sequence: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{sequence} links", ending="")


def _noted(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _colon, sha256 = text.partition(":")
    if not number.isdecimal() or len(sha256) != 64:
        raise CommandError("Give the noted link as it was printed: NUMBER:SHA256.")
    return int(number), sha256
