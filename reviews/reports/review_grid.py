"""What the page of tiles is told before it fetches the first of them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.reports.reasons import crop_reason
from reviews.services import grid_decisions, object_checks
from tasks.models import Project
from tasks.reports.editor_strings import editor_strings


def grid_config(
    project: Project, control: dict[str, Any], chosen: dict[str, Any]
) -> dict[str, Any]:
    """`chosen`: the class to begin with, how many tiles a page has, and whose work they are."""
    reasons = [(reason.value, str(reason.label)) for reason in grid_decisions.REASONS]
    return {
        **_shared(project, chosen, reasons),
        "control": control,
        "api": reverse("api_review_grid_next").removesuffix("next/"),
        "singly": reverse("review_left_open", args=[project.slug]),
        "strings": editor_strings() | _strings(),
    }


def crops_config(
    project: Project, control: dict[str, Any], chosen: dict[str, Any]
) -> dict[str, Any]:
    """The same for a page of crops; their classes are given as those of a choice."""
    reasons = [(reason.value, crop_reason(reason)) for reason in object_checks.REASONS]
    return {
        **_shared(project, chosen, reasons),
        "control": {
            "name": control["name"],
            "type": "choice",
            "title": control.get("title", control["name"]),
            "options": control["labels"],
        },
        "api": reverse("api_crops_next").removesuffix("next/"),
        "singly": reverse("review_glance_project", args=[project.slug]),
        "strings": editor_strings() | _strings() | _crop_strings(),
    }


def _shared(
    project: Project, chosen: dict[str, Any], reasons: list[tuple[str, str]]
) -> dict[str, Any]:
    return {
        "name": project.name,
        "project": project.slug,
        **chosen,
        "reasons": [{"value": value, "title": title} for value, title in reasons],
        "home": reverse("review_glance_project", args=[project.slug]),
        "login": reverse("login"),
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


def _crop_strings() -> dict[str, str]:
    """What reads otherwise where nothing is decided."""
    return {
        "done_count": _("{count} looked at"),
        "grid_done": _("Nothing more of this class to look at"),
        "grid_hint": _(
            "Mark what is no {label}: the key of its class, r and why, Space if you cannot say. "
            "Enter notes the others as right."
        ),
        "grid_reject": _("What is wrong"),
        "grid_reject_why": _("What is wrong? Whoever reviews the image reads it."),
        "grid_rejected": _("✕ {reason}"),
        "grid_saved": _("Page confirmed: {count}. Undo: u"),
        "grid_set_aside": _("Could not be shown: {count}"),
        "grid_singly": _("Choose another class"),
        "grid_slow": _("Many were wrong on the last pages. Their images wait on the review desk."),
        "grid_wrong": _("not looked at"),
    }
