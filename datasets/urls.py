"""The pages of dataset versions, and of what traces errors to their data."""

from django.urls import include, path

from datasets.views import (
    campaigns,
    causes,
    edits,
    evaluations,
    examine,
    failure_cases,
    impact,
    item_map,
    scenarios,
    segments,
    slices,
    vectors,
    versions,
)

EVALUATION = "projects/<slug:slug>/evaluations/<int:evaluation_id>/"

urlpatterns = [
    path("projects/<slug:slug>/datasets/", versions.dataset_list, name="dataset_list"),
    path("projects/<slug:slug>/datasets/new/", versions.dataset_create, name="dataset_create"),
    path("datasets/<int:version_id>/", versions.dataset_detail, name="dataset_detail"),
    path("datasets/<int:version_id>/cancel/", versions.dataset_cancel, name="dataset_cancel"),
    path("datasets/<int:version_id>/diff/", versions.dataset_diff, name="dataset_diff"),
    path("datasets/<int:version_id>/export/", versions.dataset_export, name="dataset_export"),
    path("datasets/<int:version_id>/manifest/", versions.dataset_manifest, name="dataset_manifest"),
    path("projects/<slug:slug>/evaluations/", evaluations.evaluation_list, name="evaluation_list"),
    path(
        "projects/<slug:slug>/evaluations/new/",
        evaluations.evaluation_create,
        name="evaluation_create",
    ),
    path(EVALUATION, evaluations.evaluation_detail, name="evaluation_detail"),
    path(f"{EVALUATION}figures/", evaluations.evaluation_figures_part, name="evaluation_figures"),
    path(f"{EVALUATION}thresholds/", evaluations.evaluation_bars, name="evaluation_bars"),
    path(f"{EVALUATION}cancel/", evaluations.evaluation_cancel, name="evaluation_cancel"),
    path(f"{EVALUATION}delete/", evaluations.evaluation_delete, name="evaluation_delete"),
    path(f"{EVALUATION}compare/", evaluations.evaluation_compare, name="evaluation_compare"),
    path(
        "projects/<slug:slug>/models/<int:model_id>/evaluations/",
        evaluations.model_evaluations,
        name="model_evaluations",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/",
        slices.slices,
        name="slices",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/find/",
        slices.slices_find,
        name="slices_find",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/cancel/",
        slices.slices_cancel,
        name="slices_cancel",
    ),
    path(f"{EVALUATION}causes/", causes.tracing_detail, name="tracing_detail"),
    path(f"{EVALUATION}causes/start/", causes.tracing_start, name="tracing_start"),
    path(f"{EVALUATION}causes/cancel/", causes.tracing_cancel, name="tracing_cancel"),
    path(f"{EVALUATION}causes/bundle/", causes.tracing_bundle, name="tracing_bundle"),
    path(
        f"{EVALUATION}causes/groups/<int:number>/hand-over/",
        causes.failures_hand_over,
        name="failures_hand_over",
    ),
    path(f"{EVALUATION}causes/<uuid:item_id>/", causes.failure_detail, name="failure_detail"),
    path(
        f"{EVALUATION}causes/<uuid:item_id>/overrule/",
        causes.failure_overrule,
        name="failure_overrule",
    ),
    path("projects/<slug:slug>/examine/", examine.examine, name="examine"),
    path("projects/<slug:slug>/edits/", edits.bulk_edit_list, name="bulk_edit_list"),
    path("projects/<slug:slug>/edits/new/", edits.bulk_edit, name="bulk_edit"),
    path(
        "projects/<slug:slug>/edits/<int:edit_id>/", edits.bulk_edit_detail, name="bulk_edit_detail"
    ),
    path(
        "projects/<slug:slug>/edits/<int:edit_id>/stop/",
        edits.bulk_edit_stop,
        name="bulk_edit_stop",
    ),
    path(
        "projects/<slug:slug>/edits/<int:edit_id>/go-on/",
        edits.bulk_edit_go_on,
        name="bulk_edit_go_on",
    ),
    path(
        "projects/<slug:slug>/edits/<int:edit_id>/undo/",
        edits.bulk_edit_undo,
        name="bulk_edit_undo",
    ),
    path("projects/<slug:slug>/map/", item_map.item_map, name="item_map"),
    path(
        "projects/<slug:slug>/map/progress/", item_map.item_map_progress, name="item_map_progress"
    ),
    path("projects/<slug:slug>/map/points/", item_map.item_map_points, name="item_map_points"),
    path("projects/<slug:slug>/map/colours/", item_map.item_map_colours, name="item_map_colours"),
    path("projects/<slug:slug>/map/item/", item_map.item_map_item, name="item_map_item"),
    path("projects/<slug:slug>/map/choose/", item_map.item_map_choose, name="item_map_choose"),
    path("projects/<slug:slug>/vectors/compute/", vectors.vectors_start, name="vectors_start"),
    path("projects/<slug:slug>/vectors/new/", vectors.vectors_upload, name="vectors_upload"),
    path("projects/<slug:slug>/vectors/<int:set_id>/map/", vectors.vectors_map, name="vectors_map"),
    path(
        "projects/<slug:slug>/vectors/<int:set_id>/stop/", vectors.vectors_stop, name="vectors_stop"
    ),
    path(
        "projects/<slug:slug>/vectors/<int:set_id>/delete/",
        vectors.vectors_delete,
        name="vectors_delete",
    ),
    path("projects/<slug:slug>/segments/", segments.segment_list, name="segment_list"),
    path("projects/<slug:slug>/segments/new/", segments.segment_create, name="segment_create"),
    path(
        "projects/<slug:slug>/segments/<int:segment_id>/",
        segments.segment_detail,
        name="segment_detail",
    ),
    path(
        "projects/<slug:slug>/segments/<int:segment_id>/rename/",
        segments.segment_rename,
        name="segment_rename",
    ),
    path(
        "projects/<slug:slug>/segments/<int:segment_id>/delete/",
        segments.segment_delete,
        name="segment_delete",
    ),
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
    path(
        "projects/<slug:slug>/cases/",
        include(
            [
                path("", failure_cases.failure_case_list, name="failure_case_list"),
                path("new/", failure_cases.failure_case_create, name="failure_case_create"),
                path(
                    "<int:case_id>/", failure_cases.failure_case_detail, name="failure_case_detail"
                ),
                path(
                    "<int:case_id>/edit/", failure_cases.failure_case_edit, name="failure_case_edit"
                ),
                path(
                    "<int:case_id>/begin/",
                    failure_cases.failure_case_begin,
                    name="failure_case_begin",
                ),
                path(
                    "<int:case_id>/solve/",
                    failure_cases.failure_case_solve,
                    name="failure_case_solve",
                ),
                path(
                    "<int:case_id>/drop/", failure_cases.failure_case_drop, name="failure_case_drop"
                ),
                path(
                    "<int:case_id>/reopen/",
                    failure_cases.failure_case_reopen,
                    name="failure_case_reopen",
                ),
            ]
        ),
    ),
    path("projects/<slug:slug>/campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("projects/<slug:slug>/campaigns/new/", campaigns.campaign_create, name="campaign_create"),
    path(
        "projects/<slug:slug>/campaigns/<int:campaign_id>/",
        include(
            [
                path("", campaigns.campaign_detail, name="campaign_detail"),
                path("show/", campaigns.campaign_show, name="campaign_show"),
                path("decide/", campaigns.campaign_decide, name="campaign_decide"),
                path("undo/", campaigns.campaign_undo, name="campaign_undo"),
                path("stop/", campaigns.campaign_stop, name="campaign_stop"),
                path("again/", campaigns.campaign_again, name="campaign_again"),
                path("go-on/", campaigns.campaign_go_on, name="campaign_go_on"),
                path("batch/", campaigns.campaign_batch, name="campaign_batch"),
            ]
        ),
    ),
    path("batches/<int:batch_id>/impact/", impact.impact_card, name="impact_card"),
    path("batches/<int:batch_id>/impact/plan/", impact.impact_plan, name="impact_plan"),
    path("batches/<int:batch_id>/impact/measure/", impact.impact_measure, name="impact_measure"),
    path("batches/<int:batch_id>/impact/share/", impact.impact_share, name="impact_share"),
    path(
        "batches/<int:batch_id>/impact/share/cancel/",
        impact.impact_share_cancel,
        name="impact_share_cancel",
    ),
    path("my-work/<int:batch_id>/impact/", impact.impact_of_work, name="impact_of_work"),
    path("my-week/impact/", impact.own_impacts, name="own_impacts"),
]
