"""Who may reach which route, and by which methods. One line a route."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.authorization_world import CAST, World

PUBLIC = frozenset(CAST)
PEOPLE = PUBLIC - {"anonymous"}
STAFF = frozenset({"manager", "expert"})
MANAGERS = frozenset({"manager"})
EXPERTS = frozenset({"expert"})
HOLDER = frozenset({"holder"})
LABELERS = frozenset({"annotator", "holder", "vendor_annotator", "reviewer", "expert"})
# Lists that are scoped to the person: other houses reach the page and find their own rows.
ANY_STAFF = STAFF | {"other_manager", "other_expert"}
ANY_MANAGER = MANAGERS | {"other_manager"}
ANY_EXPERT = frozenset({"expert", "other_expert"})
ANY_REVIEWER = frozenset({"expert", "reviewer", "other_expert"})
TEAM_MANAGERS = frozenset({"manager", "operator"})
OPERATORS = frozenset({"operator"})
AUDITORS = ANY_MANAGER | OPERATORS
ANY_TEAM_MANAGER = frozenset(
    {"operator", "manager", "vendor_manager", "other_manager", "other_vendor_manager"}
)
TOKEN_HOLDERS = ANY_TEAM_MANAGER | {"expert", "other_expert"}


@dataclass(frozen=True)
class Rule:
    """`names` maps the route's parameters to the world's ids."""

    methods: frozenset[str]
    audience: frozenset[str]
    names: tuple[tuple[str, str], ...]

    def kwargs(self, world: World) -> dict[str, Any]:
        return {name: world.ids.get(key, key) for name, key in self.names}


def rule(methods: str, audience: frozenset[str], **names: str) -> Rule:
    return Rule(frozenset(methods.split()), audience, tuple(names.items()))


def on_project(methods: str, audience: frozenset[str], **names: str) -> Rule:
    return rule(methods, audience, slug="slug", **names)


Rules = dict[str, Rule]
Maker = Callable[..., Rule]

GENERAL: Rules = {
    "home": rule("get", PEOPLE),
    "health": rule("get", PUBLIC),
    "api_schema": rule("get", PEOPLE),
    "audit_log": rule("get", AUDITORS),
    "audit_csv": rule("get", AUDITORS),
}


def on_member(methods: str) -> Rule:
    return rule(methods, TEAM_MANAGERS, team_id="team_id", membership_id="membership_id")


ACCOUNTS: Rules = {
    "login": rule("get post", PUBLIC),
    "logout": rule("post", PUBLIC),
    "invitation": rule("get post", PUBLIC, secret="no-such-secret"),
    "password_reset_link": rule("get post", PUBLIC, secret="no-such-secret"),
    "profile": rule("get post", PEOPLE),
    "password_change": rule("get post", PEOPLE),
    "token_list": rule("get", TOKEN_HOLDERS),
    "token_create": rule("get post", TOKEN_HOLDERS),
    "token_revoke": rule("post", MANAGERS, public_id="token"),
    "saved_view_create": rule("post", PEOPLE),
    "saved_view_delete": rule("post", MANAGERS, view_id="saved_view"),
    "team_list": rule("get", ANY_TEAM_MANAGER),
    "team_create": rule("get post", OPERATORS),
    "team_edit": rule("get post", OPERATORS, team_id="team_id"),
    "team_detail": rule("get", TEAM_MANAGERS, team_id="team_id"),
    "invitation_create": rule("post", TEAM_MANAGERS, team_id="team_id"),
    "access_link_revoke": rule("post", TEAM_MANAGERS, link_id="link_id"),
    "member_detail": on_member("get"),
    "membership_role": on_member("post"),
    "membership_end": on_member("post"),
    "person_suspend": on_member("post"),
    "person_reactivate": on_member("post"),
    "password_link_create": on_member("post"),
}

NOTICES: Rules = {
    "notice_list": rule("get", PEOPLE),
    "notices_read": rule("post", PEOPLE),
    "notice_open": rule("post", HOLDER, notice_id="notice"),
    "announcement_list": rule("get", ANY_TEAM_MANAGER),
    "announcement_create": rule("get post", ANY_TEAM_MANAGER),
    # By the manager, to the house and its vendor.
    "announcement_detail": rule("get", TEAM_MANAGERS, announcement_id="announcement"),
    "announcement_readers": rule("get", TEAM_MANAGERS, announcement_id="announcement"),
    "announcement_withdraw": rule("post", TEAM_MANAGERS, announcement_id="announcement"),
    "announcement_read": rule(
        "post", LABELERS | {"vendor_manager"}, announcement_id="announcement"
    ),
    "notice_preferences": rule("get post", PEOPLE),
    "mail_confirm": rule("get post", HOLDER, token="mail_token"),
    "notice_read": rule("post", HOLDER, notice_id="notice"),
}

TASKS: Rules = {
    "project_list": rule("get", ANY_STAFF),
    "project_create": rule("get post", ANY_MANAGER),
    "project_detail": on_project("get", STAFF),
    "project_edit": on_project("get post", MANAGERS),
    "project_archive": on_project("post", MANAGERS),
    "project_unarchive": on_project("post", MANAGERS),
    "project_delete": on_project("get post", MANAGERS),
    "project_archive_list": rule("get", ANY_STAFF),
    "project_bin": rule("get", ANY_MANAGER),
    "project_restore": rule("post", MANAGERS, slug="bin_slug"),
    "project_copy": on_project("get post", MANAGERS),
    "schema_edit": on_project("get post", STAFF),
    "rule_list": on_project("get", STAFF),
    "rule_trial": on_project("post", STAFF),
    "rule_create": on_project("get post", STAFF, type_="length"),
    "rule_preview": on_project("post", STAFF, type_="length"),
    "rule_edit": on_project("get post", STAFF, rule_id="r1"),
    "rule_remove": on_project("post", STAFF, rule_id="r1"),
    "rule_move": on_project("post", STAFF, rule_id="r1"),
    "instruction_list": on_project("get", STAFF),
    "instruction_edit": on_project("get", STAFF),
    "instruction_import": on_project("get post", STAFF),
    "instruction_copy": on_project("get post", STAFF),
    "instruction_picture_add": on_project("post", STAFF),
    "instruction_picture": rule("get", STAFF | LABELERS, public_id="picture"),
    "block_add": on_project("post", STAFF),
    "block_edit": on_project("get post", STAFF, block_id="block"),
    "block_preview": on_project("post", STAFF, block_id="block"),
    "block_move": on_project("post", STAFF, block_id="block"),
    "block_remove": on_project("post", STAFF, block_id="block"),
    "block_examples": on_project("get post", STAFF, block_id="class_block"),
    "block_translation": on_project("get post", STAFF, block_id="block", language="pt"),
    "instruction_approval": on_project("get post", STAFF),
    "instruction_publish": on_project("post", EXPERTS),
    "instruction_send_back": on_project("post", EXPERTS),
    "instruction_diff": on_project("get", STAFF, number="number"),
    "instruction_print": on_project("get", STAFF, number="number"),
    "instruction_withdraw": on_project("post", EXPERTS, number="number"),
    "instruction_stale": on_project("get", STAFF, number="number"),
    "instruction_stale_rest": on_project("post", EXPERTS, number="number"),
    "instruction_stale_cancel": on_project("post", EXPERTS, number="number"),
    "instruction_detail": on_project("get", STAFF, number="number"),
    "label_changes": on_project("get post", STAFF | LABELERS),
    "question_list": on_project("get", STAFF),
    "question_detail": rule("get post", STAFF, public_id="question"),
    "question_close": rule("post", EXPERTS, public_id="question"),
    "question_exclude": rule("post", EXPERTS, public_id="question"),
    "question_route": rule("post", EXPERTS, public_id="question"),
    "ruling_list": on_project("get", STAFF),
    "ruling_create": on_project("get post", EXPERTS),
    "ruling_detail": on_project("get", STAFF, number="ruling"),
    "ruling_edit": on_project("get post", EXPERTS, number="ruling"),
    "ruling_publish": on_project("post", EXPERTS, number="ruling"),
    "ruling_withdraw": on_project("post", EXPERTS, number="ruling"),
    "ruling_supersede": on_project("post", EXPERTS, number="ruling"),
    "ruling_merge": on_project("post", EXPERTS, number="ruling"),
    "ruling_decide": on_project("post", EXPERTS, number="ruling"),
    "qualification_list": on_project("get", MANAGERS),
    "qualification_edit": on_project("get post", MANAGERS, person_id="person_id"),
    "item_list": on_project("get", STAFF),
    "item_delete": on_project("post", MANAGERS),
    "item_bin": on_project("get", MANAGERS),
    "deletion_detail": rule("get", MANAGERS, public_id="deletion"),
    "deletion_restore": rule("post", MANAGERS, public_id="deletion"),
    "item_detail": rule("get", STAFF, public_id="item"),
    "item_report_list": on_project("get", STAFF),
    "item_report_resolve": rule("post", STAFF, report_id="report_id"),
    "batch_create": on_project("get post", MANAGERS),
    "search": rule("get", ANY_STAFF),
    "board": rule("get", ANY_STAFF),
    "board_today": rule("get", ANY_STAFF),
    "board_stock": rule("get", ANY_STAFF),
    "board_queues": rule("get", ANY_STAFF),
    "batch_detail": rule("get", STAFF, batch_id="batch_id"),
    "batch_people": rule("get", STAFF, batch_id="batch_id"),
    "batch_classes": rule("get", STAFF, batch_id="batch_id"),
    "batch_history": rule("get", STAFF, batch_id="batch_id"),
    "batch_report": rule("get", STAFF, batch_id="batch_id"),
    "batch_edit": rule("get post", MANAGERS, batch_id="batch_id"),
    "batch_add_items": rule("post", MANAGERS, batch_id="batch_id"),
    "batch_start": rule("post", MANAGERS, batch_id="batch_id"),
    "batch_pause": rule("post", MANAGERS, batch_id="batch_id"),
    "batch_close": rule("post", MANAGERS, batch_id="batch_id"),
    "batch_revoke": rule("post", MANAGERS, batch_id="batch_id"),
    "import_create": on_project("get post", MANAGERS),
    "import_preview": on_project("get post", MANAGERS, public_id="upload"),
    "upload_discard": on_project("post", MANAGERS, public_id="upload"),
    "import_folder": on_project("get", MANAGERS),
    "import_bucket": on_project("get", MANAGERS),
    "export_create": on_project("get post", MANAGERS),
    "transfer_list": on_project("get", MANAGERS),
    "transfer_detail": rule("get", MANAGERS, public_id="transfer"),
    "transfer_cancel": rule("post", MANAGERS, public_id="transfer"),
    "transfer_undo": rule("post", MANAGERS, public_id="transfer"),
    "transfer_errors": rule("get", MANAGERS, public_id="transfer"),
    "transfer_rejected": rule("get", MANAGERS, public_id="transfer"),
    "export_download": rule("get", MANAGERS, public_id="transfer"),
    "webhook_list": on_project("get", TEAM_MANAGERS),
    "webhook_create": on_project("get post", TEAM_MANAGERS),
    "webhook_detail": rule("get", TEAM_MANAGERS, public_id="webhook"),
    "webhook_edit": rule("get post", TEAM_MANAGERS, public_id="webhook"),
    "webhook_pause": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "webhook_resume": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "webhook_secret": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "webhook_delete": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "webhook_test": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "delivery_detail": rule("get", TEAM_MANAGERS, public_id="delivery"),
    "delivery_again": rule("post", TEAM_MANAGERS, public_id="delivery"),
    "item_media": rule("get", STAFF | HOLDER, public_id="image", variant="preview"),
    "label": rule("get", PEOPLE),
    "own_answers": rule("get", PEOPLE),
    "own_answer_reopen": rule("post", HOLDER, assignment_id="assignment"),
    "label_grid": rule("get", LABELERS, batch_id="batch_id"),
    "label_batch": rule("get", LABELERS, batch_id="batch_id"),
    "assignment_instructions": rule("get", HOLDER, assignment_id="assignment"),
}

REVIEWS: Rules = {
    "review_home": rule("get", ANY_REVIEWER),
    "review_next": rule("post", ANY_REVIEWER),
    "review_task": rule("get", EXPERTS, public_id="review"),
    "review_decide": rule("post", EXPERTS, public_id="review"),
    "review_ahead": rule("post", EXPERTS, public_id="review"),
    "review_undo": rule("post", EXPERTS, public_id="review"),
    "review_ask": rule("post", EXPERTS, public_id="review"),
    "review_release": rule("post", EXPERTS, public_id="review"),
    "review_glance": rule("get", ANY_REVIEWER),
    "review_glance_project": on_project("get", EXPERTS | {"reviewer"}),
    "review_grid": on_project("get", EXPERTS | {"reviewer"}),
    "review_crops": on_project("get", EXPERTS | {"reviewer"}),
    "crop_picture": on_project(
        "get",
        EXPERTS | {"reviewer"},
        public_id="crop_task",
        fingerprint="crop_fingerprint",
        view="crop",
    ),
    "review_left_open": on_project("get", EXPERTS | {"reviewer"}),
    "attention": on_project("get", MANAGERS),
    "expert_home": rule("get", ANY_EXPERT),
    "inbox": rule("get", PEOPLE),
    "feedback_detail": rule("get", HOLDER, feedback_id="feedback_id"),
    "feedback_read": rule("post", HOLDER, feedback_id="feedback_id"),
    "feedback_contest": rule("post", HOLDER, feedback_id="feedback_id"),
    "overturned_detail": rule("get", EXPERTS, look_id="look_id"),
    "overturned_read": rule("post", EXPERTS, look_id="look_id"),
    "drill_start": on_project("post", STAFF | LABELERS),
    "drill": rule("get", HOLDER, public_id="drill"),
    "drill_answer": rule("post", HOLDER, public_id="drill", place="drill_place"),
    "batch_calibration": rule("get post", STAFF, batch_id="batch_id"),
    "calibration_detail": rule("get", STAFF, run_id="run_id"),
    "calibration_items": rule("get", STAFF, run_id="run_id"),
    "calibration_override": rule("post", STAFF, run_id="run_id"),
    "calibration_cancel": rule("post", STAFF, run_id="run_id"),
    "gold_desk": on_project("get", STAFF),
    "gold_candidates": on_project("get", EXPERTS),
    "gold_propose": on_project("get post", EXPERTS, public_id="task"),
    "gold_detail": on_project("get", STAFF, gold_id="gold"),
    "gold_revise": on_project("get post", EXPERTS, gold_id="gold"),
    "gold_approve": on_project("post", EXPERTS, gold_id="gold"),
    "gold_suspend": on_project("post", EXPERTS, gold_id="gold"),
    "gold_resume": on_project("post", EXPERTS, gold_id="gold"),
    "gold_retire": on_project("post", EXPERTS, gold_id="gold"),
    "gold_leak_close": on_project("post", STAFF, leak_id="gold_leak"),
    "quality": on_project("get", STAFF),
    "quality_refresh": on_project("post", STAFF),
    "quality_items": on_project("get", STAFF),
    "mistake_costs": on_project("get post", STAFF),
    "lot_list": on_project("get", STAFF),
    "lot_create": on_project("get post", STAFF),
    "lot_detail": rule("get", STAFF, lot_id="lot_id"),
    "lot_cancel": rule("post", STAFF, lot_id="lot_id"),
    "lot_return": rule("get post", MANAGERS, lot_id="lot_id"),
    "lot_return_stop": rule("post", MANAGERS, lot_id="lot_id"),
    "project_pay": on_project("get", MANAGERS),
    "pay_rates": on_project("get post", MANAGERS),
    "pay_close": on_project("post", MANAGERS),
    "team_pay": rule("get", MANAGERS, team_id="team_id"),
    "earnings": rule("get", PEOPLE),
    "reviewers": on_project("get", STAFF),
    "reviewer_decisions": on_project("get", STAFF, person_id="reviewer_id"),
    "training_home": rule("get", PEOPLE),
    "own_week": rule("get", PEOPLE),
    "own_week_standing": rule("get", PEOPLE),
    "own_week_pay": rule("get", PEOPLE),
    "own_week_mistake": rule("get", PEOPLE),
    "own_levels": rule("get", PEOPLE),
    "suspension_appeal": rule("post", frozenset({"annotator"}), suspension_id="suspension_id"),
    "suspension_answer": rule("post", STAFF, suspension_id="suspension_id"),
    "suspension_lift": rule("post", MANAGERS, suspension_id="suspension_id"),
    "trust_people": on_project("get", STAFF),
    "trust_person": on_project("get", STAFF, person_id="person_id"),
    "trust_suspend": on_project("post", MANAGERS, person_id="person_id"),
    "trust_promotion": on_project("post", STAFF, person_id="person_id"),
    "trust_decline": on_project("post", STAFF, person_id="person_id"),
    "training_project": on_project("get", STAFF | LABELERS),
    "lesson": rule("get", STAFF | LABELERS, lesson_id="lesson"),
    "lesson_answer": rule("post", STAFF | LABELERS, lesson_id="lesson", item_id="lesson_item"),
    "exam_start": on_project("post", STAFF | LABELERS),
    "exam": rule("get", HOLDER, public_id="exam"),
    "exam_place": rule("get post", HOLDER, public_id="exam", place="exam_place"),
    "exam_finish": rule("post", HOLDER, public_id="exam"),
    "training_desk": on_project("get post", STAFF),
    "lesson_add": on_project("post", STAFF),
    "lesson_edit": on_project("get post", STAFF, lesson_id="lesson"),
    "lesson_publish": on_project("post", STAFF, lesson_id="lesson"),
    "lesson_retire": on_project("post", STAFF, lesson_id="lesson"),
    "lesson_move": on_project("post", STAFF, lesson_id="lesson"),
    "lesson_pick": on_project("get post", STAFF, lesson_id="lesson"),
    "lesson_item": on_project("post", STAFF, lesson_id="lesson", item_id="lesson_item"),
    "exam_items": on_project("get", STAFF),
    "exam_pool": on_project("get post", STAFF),
    "exam_item": on_project("get post", STAFF, exam_item_id="exam_item"),
    "exam_grant": on_project("post", MANAGERS, person_id="holder_id"),
}

DATASETS: Rules = {
    "dataset_list": on_project("get", MANAGERS),
    "dataset_create": on_project("get post", MANAGERS),
    "dataset_detail": rule("get", MANAGERS, version_id="dataset"),
    "dataset_cancel": rule("post", MANAGERS, version_id="dataset"),
    "dataset_diff": rule("get", MANAGERS, version_id="dataset"),
    "dataset_export": rule("get post", MANAGERS, version_id="dataset"),
    "dataset_manifest": rule("get", MANAGERS, version_id="dataset"),
}

API: Rules = {
    "api_assignment_next": rule("post", PEOPLE),
    "api_assignment_guide": rule("get", HOLDER, public_id="assignment"),
    "api_assignment_explanation": rule("get", HOLDER, public_id="gold_assignment"),
    "api_assignment_rulings": rule("get", HOLDER, public_id="assignment"),
    "api_assignment_question": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_submit": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_heartbeat": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_undo": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_release": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_skip": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_report": rule("post", HOLDER, public_id="assignment"),
    "api_assignment_draft": rule("put", HOLDER, public_id="assignment"),
    "api_predictions": rule("post", ANY_STAFF),
    "api_grid_next": rule("post", PEOPLE),
    "api_grid_submit": rule("post", PEOPLE),
    "api_grid_undo": rule("post", PEOPLE),
    "api_grid_release": rule("post", PEOPLE),
    "api_grid_heartbeat": rule("post", PEOPLE),
    "api_projects": rule("get post", ANY_STAFF),
    "api_project": on_project("get", STAFF),
    "api_project_batches": on_project("get post", STAFF),
    "api_batch": rule("get", STAFF, batch_id="batch_id"),
    "api_batch_items": rule("post", MANAGERS, batch_id="batch_id"),
    "api_batch_start": rule("post", MANAGERS, batch_id="batch_id"),
    "api_batch_pause": rule("post", MANAGERS, batch_id="batch_id"),
    "api_batch_close": rule("post", MANAGERS, batch_id="batch_id"),
    "api_upload_create": on_project("post", MANAGERS),
    "api_upload": rule("get put delete", MANAGERS, public_id="upload"),
    "api_import_create": on_project("post", MANAGERS),
    "api_export_create": on_project("post", MANAGERS),
    "api_job_detail": rule("get", MANAGERS, public_id="transfer"),
    "api_job_cancel": rule("post", MANAGERS, public_id="transfer"),
    "api_job_undo": rule("post", MANAGERS, public_id="transfer"),
    "api_job_download": rule("get", MANAGERS, public_id="transfer"),
    "api_job_rejected": rule("get", MANAGERS, public_id="transfer"),
    "api_project_webhooks": on_project("get post", TEAM_MANAGERS),
    "api_webhook": rule("get patch delete", TEAM_MANAGERS, public_id="webhook"),
    "api_webhook_secret": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "api_webhook_test": rule("post", TEAM_MANAGERS, public_id="webhook"),
    "api_webhook_deliveries": rule("get", TEAM_MANAGERS, public_id="webhook"),
    "api_delivery_replay": rule("post", TEAM_MANAGERS, public_id="delivery"),
    "api_review_next": rule("post", PEOPLE),
    "api_review_grid_next": rule("post", PEOPLE),
    "api_review_grid_confirm": rule("post", PEOPLE),
    "api_review_grid_undo": rule("post", PEOPLE),
    "api_review_grid_release": rule("post", PEOPLE),
    "api_review_grid_heartbeat": rule("post", PEOPLE),
    "api_crops_next": rule("post", PEOPLE),
    "api_crops_confirm": rule("post", PEOPLE),
    "api_crops_undo": rule("post", PEOPLE),
    "api_review_undo": rule("post", EXPERTS, public_id="review"),
    "api_review_decide": rule("post", EXPERTS, public_id="review"),
    "api_project_dataset_versions": on_project("get post", MANAGERS),
    "api_dataset_version": rule("get", MANAGERS, version_id="dataset"),
    "api_dataset_version_cancel": rule("post", MANAGERS, version_id="dataset"),
    "api_dataset_version_diff": rule("get", MANAGERS, version_id="dataset"),
    "api_dataset_version_export": rule("post", MANAGERS, version_id="dataset"),
    "api_quality": on_project("get", STAFF),
}

RULES: Rules = GENERAL | ACCOUNTS | NOTICES | TASKS | REVIEWS | DATASETS | API
