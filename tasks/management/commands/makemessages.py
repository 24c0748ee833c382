"""Django's makemessages, which also collects the sentences of the pure packages.

Those cannot import gettext: they hand a template to `fail`, `Problem`,
`ImageRefused` or `Hint`, or have it `marked`, and services translate it.
"""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=fail:3",
        "--keyword=Problem:2",
        "--keyword=ImageRefused:2",
        "--keyword=Hint:1",
        "--keyword=marked:1",
    ]
