"""The stored figures as the command and the API publish them: the names here are a contract."""

from typing import Any

from reviews.models import Consensus
from reviews.reports.quality import named_annotators
from tasks.models import Project

RELIABILITY = {"percent", "alpha", "fleiss_kappa", "cohen_kappa"}


def summary(
    project: Project, figures: dict[str, Any], *, show_names: bool = True
) -> dict[str, Any]:
    """Agreement, people, the states of consensus and the error rate, each figure with its n."""
    return {
        "agreement": _agreement(figures),
        "annotators": named_annotators(figures, show_names=show_names),
        "consensus": figures["states"] | {"ties": tie_count(project)},
        "estimated_error_rate": figures["error_rate"],
    }


def details(figures: dict[str, Any]) -> dict[str, Any]:
    """What the API adds."""
    return {
        "annotation_count": figures["annotation_count"],
        "task_count": figures["task_count"],
        "confusion": figures["confusion"],
        "class_counts": figures["class_counts"],
        "days": figures["days"],
    }


def tie_count(project: Project) -> int:
    ties = Consensus.objects.filter(task__batch__project=project, is_tie=True)
    return ties.filter(task__set_aside__isnull=True).count()


def _agreement(figures: dict[str, Any]) -> dict[str, Any]:
    """Per control; those of the project's one choice stand at the top as well.

    `options` has the alpha of each option of the multiple choices.
    """
    by_control = {control["name"]: control["figures"] for control in figures["controls"]}
    choices = [
        control["figures"]
        for control in figures["controls"]
        if control["type"] == "choice" and control["figures"].keys() >= RELIABILITY
    ]
    only = choices[0] if len(choices) == 1 else {}
    options = {
        control["name"]: control["options"]
        for control in figures["controls"]
        if "options" in control
    }
    return {**only, "controls": by_control, **({"options": options} if options else {})}
