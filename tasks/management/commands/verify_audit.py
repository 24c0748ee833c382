"""The command `verify_audit`."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from labelops.audit.chain import Verdict, verify
from labelops.errors import DomainError
from tasks.management.base import LabelOpsCommand

DIGEST_LENGTH = 64


class Command(LabelOpsCommand):
    help = (
        "Walks the hash chain of the audit log from its beginning. Status 1 with the first event "
        "that was changed, removed or put between."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted",
            metavar="NUMBER:SHA256",
            help="the end that an earlier run told: that one must still be in the chain",
        )

    def work(self, **options: Any) -> dict[str, Any]:
        return _result(verify(self._tell, _noted(options["noted"])))

    def _tell(self, sequence: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{sequence} events walked ", ending="")


def _result(verdict: Verdict) -> dict[str, Any]:
    """`end` is to be noted where the owner of the database cannot write."""
    head = verdict.head
    if verdict.problem:
        hint = f"The chain holds up to seal {head.sequence}."
        error = {"code": "broken_chain", "message": verdict.problem, "hint": hint}
        return {"sealed": head.sequence, "error_count": 1, "errors": [error]}
    end = f"{head.sequence}:{head.sha256}" if head.sequence else ""
    return {"sealed": head.sequence, "waiting_unsealed": verdict.waiting, "end": end}


def _noted(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _colon, sha256 = text.partition(":")
    if not number.isdecimal() or len(sha256) != DIGEST_LENGTH:
        raise DomainError(
            "This is not the end of a chain.",
            code="bad_end",
            field="noted",
            hint="Give it as it was told: NUMBER:SHA256.",
        )
    return int(number), sha256
