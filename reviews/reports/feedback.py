"""One decision as its author reads it: before and after, the rule, examples, what can be done."""

from dataclasses import dataclass
from typing import Any

from labelops.accounts.models import User
from reviews.models import Feedback, SecondLook
from reviews.reports.answer_views import view_config
from reviews.reports.inbox import Unread, comment_of, drill_titles, reason_of, unread
from reviews.services import drills, feedback, second_reviewers
from reviews.services.feedback import OPEN_FOR
from tasks.blocks.classes import Class
from tasks.kinds.answer import classes_in
from tasks.models import Annotation, InstructionVersion, Item, Project, Ruling
from tasks.reports.guide import BlockView, ExampleView, class_pages, guide
from tasks.reports.label_guide import in_force

EXAMPLES_SHOWN = 6
RULINGS_SHOWN = 3


@dataclass(frozen=True)
class Rule:
    """What the instructions say of the classes that the decision names."""

    pages: list[BlockView]
    rulings: list[Ruling]
    examples: list[ExampleView]


@dataclass(frozen=True)
class Contest:
    """`is_stuck`: at present no other expert of the house is there to decide it."""

    look: SecondLook
    is_stuck: bool


@dataclass(frozen=True)
class FeedbackPage:
    """One decision: before and after, and why."""

    entry: Feedback
    reason: str
    comment: str
    before_view: dict[str, Any] | None
    after_view: dict[str, Any] | None
    rule: Rule
    unread: Unread
    is_unread: bool
    can_contest: bool
    contest_days: int
    contest: Contest | None
    drill: drills.Offer | None
    drill_titles: tuple[str, str] | None


@dataclass(frozen=True)
class OverturnedPage:
    """A decision of the person's own that did not stand, and what stands instead."""

    look: SecondLook
    before_view: dict[str, Any] | None
    after_view: dict[str, Any] | None
    comment: str
    unread: Unread


def feedback_page(entry: Feedback) -> FeedbackPage:
    annotation, review = entry.annotation, entry.review
    item = annotation.task.item
    version = annotation.instruction_version
    schema = version.label_schema
    project = annotation.task.batch.project
    contest = SecondLook.objects.filter(feedback=entry).select_related("second").first()
    is_open = feedback.is_open(entry)
    offered = drills.offer(project, entry.author)
    return FeedbackPage(
        entry=entry,
        reason=reason_of(entry),
        comment=comment_of(entry),
        before_view=_answer_view(item, schema, annotation.answer),
        after_view=_answer_view(item, schema, review.answer),
        rule=_rule(entry, version),
        unread=unread(entry.author),
        is_unread=is_open or feedback.untold(entry.author).filter(feedback=entry).exists(),
        can_contest=is_open and contest is None and annotation.state in Annotation.OVERRULED,
        contest_days=OPEN_FOR.days,
        contest=_contest(contest) if contest else None,
        drill=offered,
        drill_titles=drill_titles(project, offered) if offered else None,
    )


def _contest(look: SecondLook) -> Contest:
    return Contest(look, second_reviewers.stuck_contests().filter(pk=look.pk).exists())


def _rule(entry: Feedback, version: InstructionVersion) -> Rule:
    """From the version that the answer was made under: nobody is told off by a later one."""
    schema = version.label_schema
    given = classes_in(schema, entry.annotation.answer)
    right = classes_in(schema, entry.review.answer) if entry.review.answer else given
    # What was right and not said first; then what was said and not right.
    named = [class_ for class_ in right if class_ not in given]
    named = named or right
    known = class_pages(version.blocks)
    pages = guide(
        version.project,
        [known[class_] for class_ in named if class_ in known],
        schema,
        entry.author.language,
    )
    examples = [example for page in pages for example in page.examples if example.verdict == "do"]
    return Rule(pages, _rulings(version.project, named), examples[:EXAMPLES_SHOWN])


def _rulings(project: Project, named: list[Class]) -> list[Ruling]:
    wanted = [{"control": control, "value": value} for control, value in named]
    about = (
        ruling for ruling in in_force(project) if any(entry in ruling.classes for entry in wanted)
    )
    return [ruling for ruling, _number in zip(about, range(RULINGS_SHOWN), strict=False)]


def overturned_page(look: SecondLook, user: User) -> OverturnedPage:
    schema = look.first.assignment.instruction_version.label_schema
    stands = look.task.result_answer or look.second.answer
    return OverturnedPage(
        look=look,
        before_view=_answer_view(look.task.item, schema, look.first.answer),
        after_view=_answer_view(look.task.item, schema, stands),
        comment=look.second.comment,
        unread=unread(user),
    )


def _answer_view(
    item: Item, schema: dict[str, Any], answer: dict[str, Any] | None
) -> dict[str, Any] | None:
    return None if answer is None else view_config(item, schema, ("", answer))
