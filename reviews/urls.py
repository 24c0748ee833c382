"""The pages of deciding which labels are true."""

from django.urls import path

from reviews.views import (
    calibration,
    desk,
    expert_home,
    grid_review,
    inbox,
    quality,
    training,
    training_desk,
)

urlpatterns = [
    path("review/", desk.review_home, name="review_home"),
    path("review/next/", desk.review_next, name="review_next"),
    path("review/glance/", grid_review.review_glance, name="review_glance"),
    path(
        "review/glance/<slug:slug>/",
        grid_review.review_glance_project,
        name="review_glance_project",
    ),
    path("review/glance/<slug:slug>/grid/", grid_review.review_grid, name="review_grid"),
    path("review/glance/<slug:slug>/open/", grid_review.review_left_open, name="review_left_open"),
    path("projects/<slug:slug>/attention/", grid_review.attention, name="attention"),
    path("review/<uuid:public_id>/", desk.review_task, name="review_task"),
    path("review/<uuid:public_id>/decide/", desk.review_decide, name="review_decide"),
    path("review/<uuid:public_id>/ask/", desk.review_ask, name="review_ask"),
    path("review/<uuid:public_id>/release/", desk.review_release, name="review_release"),
    path("expert/", expert_home.expert_home, name="expert_home"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:feedback_id>/", inbox.feedback_detail, name="feedback_detail"),
    path("inbox/<int:feedback_id>/read/", inbox.feedback_read, name="feedback_read"),
    path(
        "batches/<int:batch_id>/calibration/",
        calibration.batch_calibration,
        name="batch_calibration",
    ),
    path("calibrations/<int:run_id>/", calibration.calibration_detail, name="calibration_detail"),
    path(
        "calibrations/<int:run_id>/items/", calibration.calibration_items, name="calibration_items"
    ),
    path(
        "calibrations/<int:run_id>/override/",
        calibration.calibration_override,
        name="calibration_override",
    ),
    path(
        "calibrations/<int:run_id>/cancel/",
        calibration.calibration_cancel,
        name="calibration_cancel",
    ),
    path("projects/<slug:slug>/quality/", quality.quality_page, name="quality"),
    path("projects/<slug:slug>/quality/refresh/", quality.quality_refresh, name="quality_refresh"),
    path("projects/<slug:slug>/quality/items/", quality.quality_items, name="quality_items"),
    path("training/", training.training_home, name="training_home"),
    path("training/<slug:slug>/", training.training_project, name="training_project"),
    path("training/<slug:slug>/exam/", training.exam_start, name="exam_start"),
    path("lessons/<int:lesson_id>/", training.lesson, name="lesson"),
    path(
        "lessons/<int:lesson_id>/<int:item_id>/answer/",
        training.lesson_answer,
        name="lesson_answer",
    ),
    path("exams/<uuid:public_id>/", training.exam, name="exam"),
    path("exams/<uuid:public_id>/<int:place>/", training.exam_place, name="exam_place"),
    path("exams/<uuid:public_id>/finish/", training.exam_finish, name="exam_finish"),
    path("projects/<slug:slug>/training/", training_desk.training_desk, name="training_desk"),
    path("projects/<slug:slug>/training/lessons/", training_desk.lesson_add, name="lesson_add"),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/",
        training_desk.lesson_edit,
        name="lesson_edit",
    ),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/publish/",
        training_desk.lesson_publish,
        name="lesson_publish",
    ),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/retire/",
        training_desk.lesson_retire,
        name="lesson_retire",
    ),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/move/",
        training_desk.lesson_move,
        name="lesson_move",
    ),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/pick/",
        training_desk.lesson_pick,
        name="lesson_pick",
    ),
    path(
        "projects/<slug:slug>/training/lessons/<int:lesson_id>/items/<int:item_id>/",
        training_desk.lesson_item,
        name="lesson_item",
    ),
    path("projects/<slug:slug>/training/pool/", training_desk.exam_items, name="exam_items"),
    path("projects/<slug:slug>/training/pool/add/", training_desk.exam_pool, name="exam_pool"),
    path(
        "projects/<slug:slug>/training/pool/<int:exam_item_id>/",
        training_desk.exam_item,
        name="exam_item",
    ),
    path(
        "projects/<slug:slug>/training/people/<int:person_id>/grant/",
        training_desk.exam_grant,
        name="exam_grant",
    ),
]
