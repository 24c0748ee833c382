"""The pages of dataset versions, and of what traces errors to their data."""

from django.urls import include, path

from datasets.views import campaigns, versions
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
    path("projects/<slug:slug>/examine/", placeholder, name="examine"),
    path("projects/<slug:slug>/edits/new/", placeholder, name="bulk_edit"),
    path("projects/<slug:slug>/edits/<int:edit_id>/", placeholder, name="bulk_edit_detail"),
    path("projects/<slug:slug>/segments/", placeholder, name="segment_list"),
    path("projects/<slug:slug>/segments/new/", placeholder, name="segment_create"),
    path("projects/<slug:slug>/map/", placeholder, name="item_map"),
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
    path("projects/<slug:slug>/scenarios/", placeholder, name="scenario_list"),
    path("projects/<slug:slug>/scenarios/new/", placeholder, name="scenario_create"),
]
