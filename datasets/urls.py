"""The pages of dataset versions, and of what traces errors to their data."""

from django.urls import path

from datasets.views import causes, examine, versions
from datasets.views.placeholder import placeholder

EVALUATION = "projects/<slug:slug>/evaluations/<int:evaluation_id>"

urlpatterns = [
    path("projects/<slug:slug>/datasets/", versions.dataset_list, name="dataset_list"),
    path("projects/<slug:slug>/datasets/new/", versions.dataset_create, name="dataset_create"),
    path("datasets/<int:version_id>/", versions.dataset_detail, name="dataset_detail"),
    path("datasets/<int:version_id>/cancel/", versions.dataset_cancel, name="dataset_cancel"),
    path("datasets/<int:version_id>/diff/", versions.dataset_diff, name="dataset_diff"),
    path("datasets/<int:version_id>/export/", versions.dataset_export, name="dataset_export"),
    path("datasets/<int:version_id>/manifest/", versions.dataset_manifest, name="dataset_manifest"),
    path("projects/<slug:slug>/evaluations/", placeholder, name="evaluation_list"),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/",
        placeholder,
        name="evaluation_detail",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/", placeholder, name="slices"
    ),
    path(f"{EVALUATION}/causes/", causes.tracing_detail, name="tracing_detail"),
    path(f"{EVALUATION}/causes/start/", causes.tracing_start, name="tracing_start"),
    path(f"{EVALUATION}/causes/cancel/", causes.tracing_cancel, name="tracing_cancel"),
    path(f"{EVALUATION}/causes/bundle/", causes.tracing_bundle, name="tracing_bundle"),
    path(
        f"{EVALUATION}/causes/groups/<int:number>/hand-over/",
        causes.failures_hand_over,
        name="failures_hand_over",
    ),
    path(f"{EVALUATION}/causes/<uuid:item_id>/", causes.failure_detail, name="failure_detail"),
    path(
        f"{EVALUATION}/causes/<uuid:item_id>/overrule/",
        causes.failure_overrule,
        name="failure_overrule",
    ),
    path("projects/<slug:slug>/examine/", examine.examine, name="examine"),
    path("projects/<slug:slug>/edits/new/", placeholder, name="bulk_edit"),
    path("projects/<slug:slug>/edits/<int:edit_id>/", placeholder, name="bulk_edit_detail"),
    path("projects/<slug:slug>/segments/", placeholder, name="segment_list"),
    path("projects/<slug:slug>/segments/new/", placeholder, name="segment_create"),
    path("projects/<slug:slug>/map/", placeholder, name="item_map"),
    path("projects/<slug:slug>/campaigns/", placeholder, name="campaign_list"),
    path("projects/<slug:slug>/campaigns/new/", placeholder, name="campaign_create"),
    path("projects/<slug:slug>/scenarios/", placeholder, name="scenario_list"),
    path("projects/<slug:slug>/scenarios/new/", placeholder, name="scenario_create"),
]
