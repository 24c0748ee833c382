"""What the page of tiles is told before it fetches the first of them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.services.grid_decisions import REASONS
from tasks.models import Project
from tasks.reports.editor_strings import editor_strings


def grid_config(
    project: Project, control: dict[str, Any] | None, chosen: dict[str, Any]
) -> dict[str, Any]:
    """`chosen`: the class to begin with, how many tiles a page has, and whose work they are."""
    return {
        "name": project.name,
        "project": project.slug,
        "control": control,
        **chosen,
        "reasons": [{"value": reason.value, "title": str(reason.label)} for reason in REASONS],
        "api": reverse("api_review_grid_next").removesuffix("next/"),
        "home": reverse("review_glance_project", args=[project.slug]),
        "login": reverse("login"),
        "singly": reverse("review_left_open", args=[project.slug]),
        "strings": editor_strings() | _strings(),
    }


def _strings() -> dict[str, str]:
    """What reads otherwise where labels are reviewed."""
    return {
        "done_count": _("{count} decided"),
        "grid_done": _("Nothing more of this class waits for you"),
        "grid_hint": _(
            "Mark what is not {label}: the key of its class, e to leave it open, r to reject it. "
            "Enter accepts the others."
        ),
        "grid_saved": _("Page confirmed: {count}. Undo: u"),
        "grid_set_aside": _("Left open, to decide one by one: {count}"),
        "grid_singly": _("Review one by one"),
        "grid_slow": _("Many were wrong on the last pages: reviewing one by one is faster here."),
        "grid_wrong": _("left open"),
    }
