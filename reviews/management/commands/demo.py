"""The command `demo`."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelops.accounts.demo_accounts import ACCOUNTS, PASSWORD
from reviews.demo import load


class Command(BaseCommand):
    help = "Loads the demo: three projects on real data, one account per role. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="only these, without projects")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_LOCAL:
            raise CommandError(
                "The demo has public passwords, so it is only loaded where LABELOPS_HOSTS names "
                "this machine alone."
            )
        if options["accounts"]:
            load.load_people()
        else:
            load.load(lambda line: None if options["json"] else self.stdout.write(line))
        accounts = [
            {"username": account.username, "password": PASSWORD, "role": account.role}
            for account in ACCOUNTS
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"accounts": accounts}))
            return
        for account in accounts:
            self.stdout.write("  {role:<10} {username:<8} {password}".format(**account))
