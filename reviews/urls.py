"""The pages of deciding which labels are true."""

from django.urls import path

from reviews.views import calibration, desk, expert_home, inbox, quality

urlpatterns = [
    path("review/", desk.review_home, name="review_home"),
    path("review/next/", desk.review_next, name="review_next"),
    path("review/<uuid:public_id>/", desk.review_task, name="review_task"),
    path("review/<uuid:public_id>/decide/", desk.review_decide, name="review_decide"),
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
]
