"""The people of the demo. Their password is public: nobody but this machine can reach the demo."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Role, Team

PASSWORD = "labelops-demo"  # noqa: S105 - public on purpose
DATA_TEAM = "Data team"
VENDOR_TEAM = "Lagoa Labeling"
TEAMS = [
    (DATA_TEAM, Team.Kind.IN_HOUSE, "Berlin"),
    (VENDOR_TEAM, Team.Kind.VENDOR, "Florianópolis"),
]


@dataclass(frozen=True)
class DemoAccount:
    username: str
    name: str
    role: Role
    title: str | Promise
    team: str


ACCOUNTS = [
    DemoAccount("mei", "Mei Tanaka", Role.MANAGER, _("Manager"), DATA_TEAM),
    DemoAccount("elena", "Elena Fischer", Role.EXPERT, _("Expert"), DATA_TEAM),
    DemoAccount("rui", "Rui Costa", Role.REVIEWER, _("Reviewer"), DATA_TEAM),
    DemoAccount("ana", "Ana Souza", Role.ANNOTATOR, _("Annotator"), VENDOR_TEAM),
    DemoAccount("bo", "Bo Lindqvist", Role.ANNOTATOR, _("Annotator"), VENDOR_TEAM),
    DemoAccount("vera", "Vera Almeida", Role.MANAGER, _("Manager of a vendor"), VENDOR_TEAM),
]
