"""The pages of dataset versions, and of what traces errors to their data."""

from django.urls import path

from datasets.views import examine, impact, scenarios, versions
from datasets.views.placeholder import placeholder

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
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/causes/",
        placeholder,
        name="tracing_detail",
    ),
    path("projects/<slug:slug>/examine/", examine.examine, name="examine"),
    path("projects/<slug:slug>/edits/new/", placeholder, name="bulk_edit"),
    path("projects/<slug:slug>/edits/<int:edit_id>/", placeholder, name="bulk_edit_detail"),
    path("projects/<slug:slug>/segments/", placeholder, name="segment_list"),
    path("projects/<slug:slug>/segments/new/", placeholder, name="segment_create"),
    path("projects/<slug:slug>/map/", placeholder, name="item_map"),
    path("projects/<slug:slug>/campaigns/", placeholder, name="campaign_list"),
    path("projects/<slug:slug>/campaigns/new/", placeholder, name="campaign_create"),
    path("projects/<slug:slug>/scenarios/", scenarios.scenario_list, name="scenario_list"),
    path("projects/<slug:slug>/scenarios/new/", scenarios.scenario_create, name="scenario_create"),
    path(
        "projects/<slug:slug>/scenarios/new/preview/",
        scenarios.scenario_preview,
        name="scenario_preview",
    ),
    path(
        "projects/<slug:slug>/scenarios/<int:scenario_id>/",
        scenarios.scenario_detail,
        name="scenario_detail",
    ),
    path(
        "projects/<slug:slug>/scenarios/<int:scenario_id>/retire/",
        scenarios.scenario_retire,
        name="scenario_retire",
    ),
    path(
        "projects/<slug:slug>/models/<int:model_id>/scenarios/",
        scenarios.model_scenarios,
        name="model_scenarios",
    ),
    path(
        "projects/<slug:slug>/models/<int:model_id>/scenarios/run/",
        scenarios.scenarios_run,
        name="scenarios_run",
    ),
    path("batches/<int:batch_id>/impact/", impact.impact_card, name="impact_card"),
    path("batches/<int:batch_id>/impact/plan/", impact.impact_plan, name="impact_plan"),
    path("batches/<int:batch_id>/impact/measure/", impact.impact_measure, name="impact_measure"),
    path("my-work/<int:batch_id>/impact/", impact.impact_of_work, name="impact_of_work"),
    path("my-week/impact/", impact.own_impacts, name="own_impacts"),
]
